// A second evaluator of filter strings: the platform's own parser of them (jsep), and JavaScript's own operators.
//
// node evaluate.js NODE_MODULES FILE, where FILE holds {"filters": ["…"], "objects": [{…}]}. Prints, for each filter, the
// places of the objects that match. It shares nothing with the connector; where docs/FILTERS.md says that the connector
// differs from the platform's SDK, so does this.
'use strict'

const fs = require('fs')
const path = require('path')
const jsep = require(path.join(process.argv[2], 'jsep'))

// No value is `undefined`, which equals null and is neither smaller nor greater than anything.
const isList = (value) => Array.isArray(value)
const read = (object, name) => {
  const value = object[name]
  return value === null || (isList(value) && value.length === 0) ? undefined : value
}

const operators = {
  '==': (left, right) => left == right,
  '===': (left, right) => left === right,
  '!=': (left, right) => left != right,
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
}

const isBlank = (value) => value === undefined || value === ''
const tests = {
  startsWith: (text, wanted) => text.startsWith(wanted),
  endsWith: (text, wanted) => text.endsWith(wanted),
  contains: (text, wanted, isElement) => (isElement ? text === wanted : text.includes(wanted)),
  containsAll: (text, wanted, isElement) => (isElement ? text === wanted : text.includes(wanted)),
}

function call(object, node) {
  const value = read(object, node.callee.object.name)
  const name = node.callee.property.name
  if (name === 'isNull' || name === 'isEmpty') return isBlank(value)
  if (name === 'notNull' || name === 'notEmpty') return !isBlank(value)
  if (value === undefined) return false
  const folds = name.endsWith('IgnoreCase')
  const fold = (text) => (folds ? String(text).toLowerCase() : String(text))
  const test = tests[folds ? name.slice(0, -'IgnoreCase'.length) : name]
  const texts = (isList(value) ? value : [value]).map(fold)
  return node.arguments.every((wanted) => texts.some((text) => test(text, fold(wanted.value), isList(value))))
}

function operand(object, node) {
  if (node.type === 'Identifier') return read(object, node.name)
  if (node.type === 'UnaryExpression' && node.operator === '-') return -operand(object, node.argument)
  if (node.type !== 'Literal') throw new Error(`no operand: ${node.type}`)
  return node.value === null ? undefined : node.value
}

function matches(object, node) {
  if (node.type === 'UnaryExpression' && node.operator === '!') return !matches(object, node.argument)
  if (node.type === 'CallExpression') return call(object, node)
  if (node.operator === '&&') return matches(object, node.left) && matches(object, node.right)
  if (node.operator === '||') return matches(object, node.left) || matches(object, node.right)
  return operators[node.operator](operand(object, node.left), operand(object, node.right))
}

const { filters, objects } = JSON.parse(fs.readFileSync(process.argv[3], 'utf8'))
const places = filters.map((filter) => {
  const parsed = jsep(filter)
  return objects.flatMap((object, place) => (matches(object, parsed) ? [place] : []))
})
console.log(JSON.stringify(places))
