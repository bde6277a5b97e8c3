//! What can go wrong with an answer. How it comes about is in `answering` and, for lists, in the room `list`.

use http::StatusCode;
use std::time::Duration;

/// How a request fails. Each is an object with `type` as JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// The answer is right but for the fault's headers; no `effect` at all as JSON.
    HeadersOnly,
    /// `{"type": "answer", "status": 503, "body": "busy"}`: nothing is done, and this is answered. The status is from 200 to
    /// 599; the body may be left out, and one that is no text is sent as JSON. The content type follows the body's first
    /// character.
    Answer { status: StatusCode, body: String },
    /// `{"type": "htmlPage"}`: nothing is done, and the answer is 200 with a page to sign in on, as gateways send.
    HtmlPage,
    /// `{"type": "close"}`: the connection is reset without an answer, and nothing is done.
    Close,
    /// `{"type": "loseAnswer"}`: what is asked for is done, and the connection is reset without an answer.
    LoseAnswer,
    /// `{"type": "stall", "ms": 5000}`: what is asked for is done, and the answer waits so many milliseconds.
    Stall(Duration),
    /// `{"type": "truncate", "bytes": 100, "chunked": true}`: the connection is closed after so many bytes of the body, or
    /// after all but one; `Content-Length` announces the whole, or chunks come and no last one.
    Truncate { bytes: usize, chunked: bool },
    /// `{"type": "drip", "bytes": 10, "everyMs": 1000}`: the body comes in pieces of so many bytes, with a pause between
    /// them.
    Drip { bytes: usize, every: Duration },
    /// `{"type": "enlarge", "bytes": 100000000}`: blanks follow the answer until the body has this size, which no header
    /// announces.
    Enlarge { bytes: usize },
    /// `{"type": "deepen", "depth": 10000}`: the answer, in a list its first resource, has a member `deep` of so many arrays
    /// inside one another.
    Deepen { depth: usize },
    /// `{"type": "revokeTokens"}`: no token that was issued until now is good any more, not for this request either.
    RevokeTokens,
    /// A wrong list.
    List(ListEffect),
}

/// How a list is wrong. Meets only requests for lists, and counts only answers that differ from the right one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListEffect {
    /// `{"type": "repeatRows", "rows": 2}`: that many of the page's first rows come again in place of its last, half of the
    /// page at most. The figures are right.
    RepeatRows(u64),
    /// `{"type": "dropRows", "rows": 2}`: that many of the page's first rows are missing. `totalResults` counts them.
    DropRows(u64),
    /// `{"type": "shiftPage", "rows": -1}`: the page begins so many rows later than asked, or earlier.
    ShiftPage(i64),
    /// `{"type": "changeTotal", "by": 1}`: `totalResults` is so many more, or fewer.
    ChangeTotal(i64),
    /// `{"type": "emptyPage"}`: there are no rows, and `totalResults` is as ever.
    EmptyPage,
    /// `{"type": "loseView", "rows": 1}`: only that many of the collection's first resources are to be seen, and counted.
    /// Without `times` the view stays lost.
    LoseView(u64),
    /// `{"type": "ignoreFilter"}`
    IgnoreFilter,
    /// `{"type": "ignoreStartIndex"}`: the list is answered from its beginning, and says so.
    IgnoreStartIndex,
}
