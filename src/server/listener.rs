//! Where the service listens: an address of the network, or a socket in the file system that only its owner can reach.

use std::{
    fmt, io,
    net::SocketAddr,
    path::{Path, PathBuf},
    str::FromStr,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
};

/// What a socket's path follows: `unix:/run/connector/socket`.
const UNIX: &str = "unix:";

/// Where a service listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    Tcp(SocketAddr),
    /// A socket in the file system.
    Unix(PathBuf),
}

impl Address {
    /// Whether only this machine reaches it.
    pub fn is_this_machine(&self) -> bool {
        match self {
            Self::Tcp(address) => address.ip().is_loopback(),
            Self::Unix(_) => true,
        }
    }
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.strip_prefix(UNIX) {
            Some("") => Err(format!("after {UNIX} comes the path of a socket, as in {UNIX}/run/connector/socket")),
            Some(path) => Ok(Self::Unix(path.into())),
            None => text.parse().map(Self::Tcp).map_err(|error| {
                format!("{error}: give an address with its port, as in 127.0.0.1:3000, or {UNIX} and a path")
            }),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "{UNIX}{}", path.display()),
        }
    }
}

/// Both directions of a connection.
pub trait Connection: AsyncRead + AsyncWrite + Send + Unpin {}

impl<C: AsyncRead + AsyncWrite + Send + Unpin> Connection for C {}

/// Takes connections.
pub enum Listener {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix(unix::Socket),
}

impl From<TcpListener> for Listener {
    fn from(listener: TcpListener) -> Self {
        Self::Tcp(listener)
    }
}

impl Listener {
    /// Listens on a socket in the file system. Its folder and the socket itself are for their owner alone, which is what
    /// protects the service; a socket that nobody listens on any more is replaced. Needs a tokio runtime.
    ///
    /// # Errors
    /// A sentence for people, when others may reach the folder, or the system refuses.
    #[cfg(unix)]
    pub fn unix(path: &Path) -> Result<Self, String> {
        unix::Socket::bind(path).map(Self::Unix)
    }

    /// # Errors
    /// Always: this system has no such sockets.
    #[cfg(not(unix))]
    pub fn unix(path: &Path) -> Result<Self, String> {
        Err(format!("{UNIX}{} cannot be listened on: this system has no such sockets", path.display()))
    }

    pub(super) fn address(&self) -> io::Result<Address> {
        match self {
            Self::Tcp(listener) => listener.local_addr().map(Address::Tcp),
            #[cfg(unix)]
            Self::Unix(socket) => Ok(Address::Unix(socket.path().to_owned())),
        }
    }

    pub(super) async fn accept(&self) -> io::Result<Box<dyn Connection>> {
        match self {
            Self::Tcp(listener) => {
                let (stream, _) = listener.accept().await?;
                // Lines go out as they come; a socket that refuses this is slower, not wrong.
                let _ = stream.set_nodelay(true);
                Ok(Box::new(stream))
            }
            #[cfg(unix)]
            Self::Unix(socket) => Ok(Box::new(socket.accept().await?)),
        }
    }
}

#[cfg(unix)]
mod unix {
    use super::{Path, PathBuf, UNIX, io};
    use std::{
        fs,
        os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _},
        os::unix::net::UnixStream as Probe,
    };
    use tokio::net::{UnixListener, UnixStream};

    /// What others than the owner may do with a folder or file.
    const OF_OTHERS: u32 = 0o077;

    /// A listening socket; its file goes with it.
    pub struct Socket {
        listener: UnixListener,
        path: PathBuf,
    }

    impl Socket {
        pub(super) fn bind(path: &Path) -> Result<Self, String> {
            let bad = |error: io::Error| format!("{UNIX}{} cannot be listened on: {error}", path.display());
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let found = fs::metadata(folder).map_err(bad)?;
            // Where the system does not say who runs this, the modes have to do.
            if fs::metadata("/proc/self").is_ok_and(|own| own.uid() != found.uid()) {
                return Err(format!(
                    "{UNIX}{}: the folder {} belongs to another user, who could put a socket of their own there; use one that \
                     belongs to the user who runs this",
                    path.display(),
                    folder.display()
                ));
            }
            if found.mode() & OF_OTHERS != 0 {
                return Err(format!(
                    "{UNIX}{}: the socket's folder must be its owner's alone; use chmod 700 {}",
                    path.display(),
                    folder.display()
                ));
            }
            if is_left_over(path) {
                fs::remove_file(path).map_err(bad)?;
            }
            let listener = UnixListener::bind(path).map_err(bad)?;
            let socket = Self { listener, path: path.to_owned() };
            fs::set_permissions(path, fs::Permissions::from_mode(0o600)).map_err(bad)?;
            Ok(socket)
        }

        pub(super) fn path(&self) -> &Path {
            &self.path
        }

        pub(super) async fn accept(&self) -> io::Result<UnixStream> {
            Ok(self.listener.accept().await?.0)
        }
    }

    /// Whether it is a socket whose program ended without taking it away.
    fn is_left_over(path: &Path) -> bool {
        fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket())
            && Probe::connect(path).is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
    }

    impl Drop for Socket {
        fn drop(&mut self) {
            // Somebody else may have taken it away.
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("127.0.0.1:3000", "127.0.0.1:3000", true)]
    #[case("[::1]:3000", "[::1]:3000", true)]
    #[case("0.0.0.0:3000", "0.0.0.0:3000", false)]
    #[case("unix:/run/connector/socket", "unix:/run/connector/socket", true)]
    fn addresses(#[case] text: &str, #[case] shown: &str, #[case] is_this_machine: bool) {
        let address: Address = text.parse().unwrap();
        assert_eq!((address.to_string().as_str(), address.is_this_machine()), (shown, is_this_machine));
    }

    #[test]
    fn what_is_no_address_says_what_would_be() {
        insta::assert_snapshot!("localhost".parse::<Address>().unwrap_err(), @"invalid socket address syntax: give an address with its port, as in 127.0.0.1:3000, or unix: and a path");
        insta::assert_snapshot!("unix:".parse::<Address>().unwrap_err(), @"after unix: comes the path of a socket, as in unix:/run/connector/socket");
    }
}
