"""Renders the Helm chart with Helm's own engine, in the ways that its values offer, and validates each manifest by the
schemas of Kubernetes; values that cannot work must be refused with a sentence.

No cluster is asked, so what admission would say is not known. Ends with status 1 at the first thing that is wrong.
"""

import sys
from pathlib import Path

import helm_python
import kubernetes_validate
import yaml

CHART = Path(__file__).parents[1] / "helm" / "scim-connector"
# The oldest that Chart.yaml allows, and the newest that the schemas know.
VERSIONS = ["1.30", "1.37"]
# The operator's own kind, whose schema Kubernetes does not have.
WITHOUT_SCHEMA = {"ServiceMonitor"}

LEAST = {"image": {"repository": "registry.example/scim-connector"}, "token": {"existingSecret": "connector-token"}}
ALL = LEAST | {
    "replicaCount": 3,
    "tls": {"existingSecret": "connector-tls"},
    "profiles": {"acme.json": '{"name": "acme"}'},
    "extraEnv": [{"name": "HTTPS_PROXY", "value": "http://proxy.example:3128"}],
    "ingress": {"enabled": True, "className": "nginx", "host": "connector.example", "tlsSecret": "ingress-tls"},
    "podDisruptionBudget": {"enabled": True},
    "autoscaling": {"enabled": True},
    "networkPolicy": {
        "enabled": True,
        "from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "ingress"}}}],
    },
    "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
    "podAnnotations": {"example/note": "kept"},
    "nodeSelector": {"kubernetes.io/arch": "amd64"},
    "tolerations": [{"key": "dedicated", "operator": "Exists"}],
}

RENDERED = {
    "least": (LEAST, {"Deployment", "Service"}),
    "own secret": (LEAST | {"token": {"value": "s3cret"}}, {"Deployment", "Secret", "Service"}),
    "all": (
        ALL,
        {
            "ConfigMap",
            "Deployment",
            "HorizontalPodAutoscaler",
            "Ingress",
            "NetworkPolicy",
            "PodDisruptionBudget",
            "Service",
            "ServiceMonitor",
        },
    ),
}

REFUSED = {
    "set image.repository": {"token": {"existingSecret": "connector-token"}},
    "set token.existingSecret": {"image": {"repository": "registry.example/scim-connector"}},
    "not both": LEAST | {"token": {"existingSecret": "connector-token", "value": "s3cret"}},
    "set ingress.host": LEAST | {"ingress": {"enabled": True}},
    "'replicas' not allowed": LEAST | {"replicas": 2},
}


def documents(chart, values):
    files = chart.render(values, name="connector", namespace="identity")
    for path, text in files.items():
        if path.endswith(".yaml"):
            yield from (document for document in yaml.safe_load_all(text) if document)


def check_rendered(chart):
    for name, (values, kinds) in RENDERED.items():
        found = list(documents(chart, values))
        if (found_kinds := {document["kind"] for document in found}) != kinds:
            sys.exit(f"{name}: rendered {sorted(found_kinds)}, not {sorted(kinds)}")
        for document in found:
            if document["kind"] in WITHOUT_SCHEMA:
                continue
            for version in VERSIONS:
                kubernetes_validate.validate(document, version, strict=True)
        print(f"the chart is valid: {name}, {len(found)} manifests")


def check_refused(chart):
    for says, values in REFUSED.items():
        try:
            chart.render(values, name="connector", namespace="identity")
        except helm_python.HelmError as error:
            if says not in str(error):
                sys.exit(f"the refusal does not say {says!r}: {error}")
        else:
            sys.exit(f"values were taken that cannot work: {values}")
    print(f"the chart refuses {len(REFUSED)} values that cannot work")


def main():
    with helm_python.Chart.load(CHART) as chart:
        check_rendered(chart)
        check_refused(chart)


if __name__ == "__main__":
    main()
