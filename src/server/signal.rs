//! The signals by which an operator or a platform asks the service to stop.

use std::{future::Future, io};

/// Waits for SIGTERM or SIGINT. Listens from the call on, so that none is missed before the future is awaited; calling
/// it again waits for a further one.
///
/// # Errors
/// The system's, when it lets nobody listen.
#[cfg(unix)]
pub fn shutdown_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => (),
            _ = interrupt.recv() => (),
        }
    })
}

/// Waits for Ctrl-C.
///
/// # Errors
/// The system's, when it lets nobody listen.
#[cfg(windows)]
pub fn shutdown_signal() -> io::Result<impl Future<Output = ()>> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        interrupt.recv().await;
    })
}
