//! The writing side of a connection: it tells when everything has left, and ends the connection of a client that takes
//! nothing any more, which would hold its command, and a place among the running ones, for ever.

use std::{
    future::Future as _,
    io,
    pin::Pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::watch,
    time::{Sleep, sleep},
};

/// What is known of the writing on one connection.
#[derive(Clone, Default)]
pub struct Writing {
    flushes: Arc<watch::Sender<()>>,
    stalled: Arc<OnceLock<Duration>>,
}

impl Writing {
    /// The first flush from now on.
    pub fn next_flush(&self) -> Flush {
        Flush(self.flushes.subscribe())
    }

    /// For how long the client had taken nothing when its connection was ended for that.
    pub fn stalled(&self) -> Option<Duration> {
        self.stalled.get().copied()
    }
}

/// One flush to come.
pub struct Flush(watch::Receiver<()>);

impl Flush {
    pub async fn done(mut self) {
        // An error means that the connection is gone, and with it whoever waits.
        let _ = self.0.changed().await;
    }
}

/// A connection whose writing is watched.
pub struct Watched<C> {
    connection: C,
    writing: Writing,
    /// How long a write may find no room.
    stall_limit: Duration,
    /// Runs while one does.
    stall: Option<Pin<Box<Sleep>>>,
}

impl<C> Watched<C> {
    pub fn new(connection: C, writing: Writing, stall_limit: Duration) -> Self {
        Self { connection, writing, stall_limit, stall: None }
    }

    fn watch(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            self.stall = None;
            return written;
        }
        let limit = self.stall_limit;
        ready!(self.stall.get_or_insert_with(|| Box::pin(sleep(limit))).as_mut().poll(cx));
        let _ = self.writing.stalled.set(limit);
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<C: AsyncRead + Unpin> AsyncRead for Watched<C> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.connection).poll_read(cx, buffer)
    }
}

impl<C: AsyncWrite + Unpin> AsyncWrite for Watched<C> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.connection).poll_write(cx, bytes);
        self.watch(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.connection).poll_write_vectored(cx, bytes);
        self.watch(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.connection.is_write_vectored()
    }

    /// hyper flushes only when its own buffer is empty.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.connection).poll_flush(cx);
        if matches!(flushed, Poll::Ready(Ok(()))) {
            self.writing.flushes.send_replace(());
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.connection).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};
    use tokio::time::Instant;

    const LIMIT: Duration = Duration::from_mins(3);

    #[tokio::test(start_paused = true)]
    async fn who_reads_a_little_now_and_then_is_waited_for() {
        let (mut client, ours) = duplex(8);
        let writing = Writing::default();
        let mut watched = Watched::new(ours, writing.clone(), LIMIT);
        let started = Instant::now();
        let read = async {
            for _ in 0..10 {
                sleep(LIMIT / 10 * 9).await;
                client.read_exact(&mut [0; 8]).await.unwrap();
            }
        };
        let (written, ()) = tokio::join!(watched.write_all(&[b'x'; 80]), read);
        written.unwrap();
        assert!(started.elapsed() > 8 * LIMIT);
        assert_eq!(writing.stalled(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn who_stops_reading_is_not() {
        let (mut client, ours) = duplex(8);
        let writing = Writing::default();
        let mut watched = Watched::new(ours, writing.clone(), LIMIT);
        let read = async {
            sleep(LIMIT / 2).await;
            client.read_exact(&mut [0; 8]).await.unwrap();
            Instant::now()
        };
        let (written, last_read) = tokio::join!(watched.write_all(&[b'x'; 80]), read);
        assert_eq!(written.unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert_eq!(last_read.elapsed().as_secs(), LIMIT.as_secs());
        assert_eq!(writing.stalled(), Some(LIMIT));
    }
}
