//! The body of an answer, read within room and time.

use super::budget::Room;
use super::error::Fault;
use super::http::Answer;
use bytes::{Buf as _, Bytes};
use std::time::Duration;

/// An answer that says how long it is gets so much memory at once, at most; more as it comes.
const BELIEVED: usize = 1024 * 1024;
/// What the HTTP library reads into; each piece stands in such a buffer, or, seldom, in one of twice the size.
pub(super) const READ_BUFFER: usize = 408 * 1024;

/// Reads it to its end.
pub(super) async fn whole(
    answer: &mut Answer,
    within: Duration,
    room: &mut Room,
    limit: usize,
) -> Result<Bytes, Fault> {
    let first = answer.next(within).await?.unwrap_or_default();
    if is_kept(first.len(), answer.length, limit) {
        room.grow_to(READ_BUFFER.max(first.len())).await;
        return Ok(without_mark(first));
    }
    let mut body = Vec::new();
    take(&first, answer.length, room, &mut body, limit.saturating_add(1)).await;
    drop(first);
    beginning(answer, within, room, &mut body, limit.saturating_add(1)).await?;
    if body.len() > limit {
        return Err(Fault::TooLarge { limit });
    }
    body.shrink_to_fit();
    Ok(without_mark(body.into()))
}

/// Reads into `body` until the end or until there are `enough` bytes, whatever comes first. The room is for the memory that
/// `body` takes, which may be more than its length.
pub(super) async fn beginning(
    answer: &mut Answer,
    within: Duration,
    room: &mut Room,
    body: &mut Vec<u8>,
    enough: usize,
) -> Result<(), Fault> {
    while body.len() < enough {
        let Some(piece) = answer.next(within).await? else { break };
        take(&piece, answer.length, room, body, enough).await;
    }
    Ok(())
}

/// Puts a piece at the end of what came before, up to `enough` bytes.
async fn take(piece: &[u8], said: Option<usize>, room: &mut Room, body: &mut Vec<u8>, enough: usize) {
    let wanted = piece.len().min(enough - body.len());
    let needed = body.len() + wanted;
    if needed > body.capacity() {
        let capacity = grown(body.capacity(), needed, enough, said);
        room.grow_to(capacity).await;
        body.reserve_exact(capacity - body.len());
    }
    body.extend_from_slice(piece.get(..wanted).unwrap_or_default());
}

/// Whether the first piece is the body as it is: what came in one piece is not copied, unless it would keep much more memory
/// than it needs.
fn is_kept(piece: usize, said: Option<usize>, limit: usize) -> bool {
    said == Some(piece) && (READ_BUFFER / 2..=limit).contains(&piece)
}

/// How much memory a body gets that needs more: twice as much as before, but no more than there can come. `said` is the
/// length that the answer claims to have, if it does.
fn grown(capacity: usize, needed: usize, enough: usize, said: Option<usize>) -> usize {
    let at_once = said.map_or(0, |said| said.min(BELIEVED));
    let most = said.map_or(enough, |said| said.min(enough));
    capacity.saturating_mul(2).max(at_once).min(most).max(needed)
}

/// The body without a byte order mark, which some servers put before their JSON and no reader wants (RFC 8259 §8.1).
pub(super) fn without_mark(mut body: Bytes) -> Bytes {
    if body.starts_with("\u{feff}".as_bytes()) {
        body.advance(3);
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::address::NetworkPolicy;
    use crate::transport::budget::Budget;
    use crate::transport::http::Http;
    use crate::transport::request::Request;
    use crate::transport::tls::Tls;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;
    use url::Url;
    use wiremock::matchers::any;
    use wiremock::{Mock, MockServer, ResponseTemplate};

    /// Asks a server that answers with this body, within so many milliseconds.
    async fn exchange(body: Vec<u8>, within: u64, budget: &'static Budget) -> Result<Bytes, Fault> {
        let server = MockServer::start().await;
        let answer = ResponseTemplate::new(200).set_body_bytes(body);
        Mock::given(any()).respond_with(answer).mount(&server).await;
        let (url, within): (Url, _) = (server.uri().parse().unwrap(), Duration::from_millis(within));
        let policy = NetworkPolicy { allow_loopback: true, allow_private: false };
        let http = Http::new(policy, &Tls::default(), within).unwrap();
        http.exchange(&Request::get(url), None, within, usize::MAX, budget).await.map(|response| response.body)
    }

    #[tokio::test]
    async fn a_byte_order_mark_is_no_part_of_an_answer() {
        static NONE: Budget = Budget::of_bytes(0);
        let budget = &NONE;
        assert_eq!(exchange(b"\xef\xbb\xbf{}".to_vec(), 10_000, budget).await.unwrap(), "{}");
        assert_eq!(exchange(b"\xef\xbb".to_vec(), 10_000, budget).await.unwrap(), b"\xef\xbb".as_slice());
    }

    #[tokio::test]
    async fn a_large_answer_waits_for_room_and_a_small_one_does_not() {
        static NONE: Budget = Budget::of_bytes(0);
        let budget = &NONE;
        let mut other = budget.room();
        other.grow_to(usize::MAX).await;
        let large = vec![b' '; 2 * 1024 * 1024];
        assert_eq!(exchange(vec![b' '; 1024], 10_000, budget).await.unwrap().len(), 1024);
        assert!(matches!(exchange(large.clone(), 200, budget).await, Err(Fault::Timeout { .. })));
        drop(other);
        assert_eq!(exchange(large.clone(), 10_000, budget).await.unwrap(), large);
        assert_eq!(exchange(large.clone(), 10_000, budget).await.unwrap(), large);
    }

    #[rstest::rstest]
    #[case::whole(300_000, Some(300_000), true)]
    #[case::as_large_as_may_be(10_000_000, Some(10_000_000), true)]
    #[case::too_large(10_000_001, Some(10_000_001), false)]
    #[case::more_comes(300_000, Some(300_001), false)]
    #[case::nobody_says_how_much_comes(300_000, None, false)]
    #[case::small_in_a_large_buffer(2_000, Some(2_000), false)]
    #[case::nothing(0, Some(0), false)]
    fn what_came_in_one_piece_is_kept(#[case] piece: usize, #[case] said: Option<usize>, #[case] is_kept_so: bool) {
        assert_eq!(is_kept(piece, said, 10_000_000), is_kept_so);
    }

    #[rstest::rstest]
    #[case::small(0, 300, Some(300), 300)]
    #[case::what_it_says(0, 8_000, Some(400_000), 400_000)]
    #[case::not_all_that_it_says(0, 8_000, Some(9_000_000), BELIEVED)]
    #[case::up_to_what_it_says(8 << 20, (8 << 20) + 1, Some(9_000_000), 9_000_000)]
    #[case::twice_as_much(16_000, 16_001, None, 32_000)]
    #[case::no_more_than_there_may_be(6_000_000, 6_000_001, None, 10_000_000)]
    #[case::whatever_it_says(6_000_000, 6_000_001, Some(usize::MAX), 10_000_000)]
    #[case::a_large_piece(16_000, 90_000, None, 90_000)]
    fn memory_for_a_body(
        #[case] capacity: usize,
        #[case] needed: usize,
        #[case] said: Option<usize>,
        #[case] expected: usize,
    ) {
        assert_eq!(grown(capacity, needed, 10_000_000, said), expected);
    }

    /// Without a length, memory is taken in doublings, and there must be room for all of it.
    #[tokio::test]
    async fn room_is_taken_for_the_memory_and_not_for_the_length() {
        static SOME: Budget = Budget::of_bytes(100 * 64 * 1024);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url: Url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let server = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 4096]).await.unwrap();
            stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n").await.unwrap();
            stream.write_all(&vec![b' '; 300_000]).await.unwrap();
        };
        let budget = &SOME;
        let mut room = budget.room();
        let within = Duration::from_secs(10);
        let policy = NetworkPolicy { allow_loopback: true, allow_private: false };
        let http = Http::new(policy, &Tls::default(), within).unwrap();
        let client = async {
            let mut answer = http.start(&Request::get(url), None).await.unwrap();
            let mut body = Vec::new();
            beginning(&mut answer, within, &mut room, &mut body, usize::MAX).await.unwrap();
            body
        };
        let (body, ()) = tokio::join!(client, server);
        assert_eq!(body.len(), 300_000);
        assert!(room.bytes() >= body.capacity() && room.bytes() < body.capacity() + 65_536, "{}", body.capacity());
    }
}
