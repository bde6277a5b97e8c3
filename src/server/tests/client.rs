//! An HTTP client as plain as can be: it shows where a body breaks off, which real clients only call an error.

use crate::server::{Address, Server};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
};

trait Stream: AsyncRead + AsyncWrite + Unpin {}

impl<S: AsyncRead + AsyncWrite + Unpin> Stream for S {}

pub struct Client {
    stream: Box<dyn Stream>,
    read: Vec<u8>,
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// The status line and the headers.
    pub head: String,
    pub body: String,
    /// Whether the body came to its end, as its length or its final chunk says.
    pub complete: bool,
}

impl Client {
    pub async fn connect(server: &Server) -> Self {
        Self::connect_to(server.address()).await.unwrap()
    }

    pub async fn connect_to(address: &Address) -> std::io::Result<Self> {
        let Address::Tcp(address) = address else { panic!("{address} is no address of the network") };
        Ok(Self::on(TcpStream::connect(address).await?))
    }

    /// On a connection that stands.
    pub fn on(stream: impl AsyncRead + AsyncWrite + Unpin + 'static) -> Self {
        Self { stream: Box::new(stream), read: Vec::new() }
    }

    pub async fn ask(&mut self, request: &str) -> Answer {
        self.send(request).await;
        self.answer().await
    }

    pub async fn send(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).await.unwrap();
    }

    pub async fn answer(&mut self) -> Answer {
        let head = self.head().await;
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let mut body = Vec::new();
        let complete = if let Some(length) = header(&head, "content-length") {
            self.take(length.parse().unwrap(), &mut body).await
        } else {
            assert_eq!(header(&head, "transfer-encoding"), Some("chunked"), "{head}");
            loop {
                match self.chunk().await {
                    Some(chunk) if chunk.is_empty() => break true,
                    Some(chunk) => body.extend(chunk),
                    None => break false,
                }
            }
        };
        Answer { status, head, body: String::from_utf8(body).unwrap(), complete }
    }

    pub async fn head(&mut self) -> String {
        loop {
            if let Some(end) = self.read.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                let rest = self.read.split_off(end + 4);
                return String::from_utf8(std::mem::replace(&mut self.read, rest)).unwrap();
            }
            assert!(self.more().await, "the connection closed before an answer");
        }
    }

    /// The next chunk of a chunked body, the last one empty; `None` when the connection ends before.
    pub async fn chunk(&mut self) -> Option<Vec<u8>> {
        loop {
            if let Some(end) = self.read.windows(2).position(|bytes| bytes == b"\r\n") {
                let size = usize::from_str_radix(std::str::from_utf8(&self.read[..end]).unwrap(), 16).unwrap();
                let mut chunk = Vec::new();
                if !self.take(end + 2 + size + 2, &mut chunk).await {
                    return None;
                }
                assert!(chunk.ends_with(b"\r\n"));
                return Some(chunk[end + 2..end + 2 + size].to_vec());
            }
            if !self.more().await {
                assert!(self.read.is_empty(), "the body broke off within a chunk: {:?}", self.read);
                return None;
            }
        }
    }

    /// Whether the server has closed the connection without another word.
    pub async fn is_closed(&mut self) -> bool {
        self.read.is_empty() && !self.more().await
    }

    /// Whether anything of an HTTP answer comes before the connection ends.
    pub async fn is_answered(&mut self) -> bool {
        while self.more().await {}
        self.read.starts_with(b"HTTP/")
    }

    async fn take(&mut self, length: usize, into: &mut Vec<u8>) -> bool {
        while self.read.len() < length {
            if !self.more().await {
                return false;
            }
        }
        into.extend(self.read.drain(..length));
        true
    }

    async fn more(&mut self) -> bool {
        self.stream.read_buf(&mut self.read).await.unwrap() > 0
    }
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.head, name)
    }

    /// The error's code, after a look at the shape that all errors have.
    pub fn code(&self) -> String {
        let error: serde_json::Value = serde_json::from_str(&self.body).unwrap();
        assert_eq!(self.header("content-type"), Some("application/json"));
        assert_eq!(error["type"], "error");
        assert_eq!(error["data"]["type"], "generic");
        assert_eq!(error["data"]["requestId"].as_str(), self.header("x-request-id"));
        assert!(self.complete && error["data"]["kind"].is_string() && error["data"]["message"].is_string());
        error["data"]["code"].as_str().unwrap().to_owned()
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let line = head.lines().find(|line| line.to_lowercase().starts_with(&format!("{name}:")))?;
    Some(line.split_once(':')?.1.trim())
}

/// A request; `headers` are whole lines.
pub fn request(line: &str, headers: &[&str], body: &str) -> String {
    let line = format!("{line} HTTP/1.1");
    [&[line.as_str()], headers, &["", body]].concat().join("\r\n")
}

/// An invocation with all the headers that it needs.
pub fn post(body: &str) -> String {
    post_with(&[], body)
}

/// The same with further headers.
pub fn post_with(headers: &[&str], body: &str) -> String {
    let length = format!("Content-Length: {}", body.len());
    let all = [&["Host: localhost", "Content-Type: application/json", &length], headers].concat();
    request("POST /connector/invoke", &all, body)
}
