//! The only tool in an image that has no shell: what Kubernetes' hooks and init containers need.
//!
//! ```text
//! drover-helper sleep SECONDS
//! drover-helper wait HOST PORT [SECONDS]
//! ```
//!
//! One file without dependencies, so that it is small, static, and compiled in a second.

use std::net::{TcpStream, ToSocketAddrs};
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

const USAGE: &str = "usage: drover-helper sleep SECONDS\n       drover-helper wait HOST PORT [SECONDS]";

/// How long `wait` waits unless it is told.
const DEFAULT_WAIT: Duration = Duration::from_secs(60);
/// Pause between two tries.
const PAUSE: Duration = Duration::from_millis(250);
/// How long one try may take.
const TRY: Duration = Duration::from_secs(2);

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("drover-helper: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[&str]) -> Result<(), String> {
    match arguments {
        ["sleep", length] => {
            thread::sleep(seconds(length)?);
            Ok(())
        }
        ["wait", host, port] => wait(host, port, DEFAULT_WAIT),
        ["wait", host, port, length] => wait(host, port, seconds(length)?),
        _ => Err(USAGE.to_owned()),
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    text.parse()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .ok_or_else(|| format!("\"{text}\" is not a number of seconds; write for example 5 or 0.5"))
}

/// Waits until something accepts connections. A name that does not resolve yet is tried again, too.
fn wait(host: &str, port: &str, length: Duration) -> Result<(), String> {
    let port: u16 = port
        .parse()
        .map_err(|_| format!("\"{port}\" is not a port; write for example 5432"))?;
    let end = Instant::now() + length;
    loop {
        let reason = match connect(host, port) {
            Ok(()) => return Ok(()),
            Err(reason) => reason,
        };
        if Instant::now() + PAUSE >= end {
            let length = length.as_secs_f64();
            return Err(format!("{host}:{port} did not answer within {length} s: {reason}"));
        }
        thread::sleep(PAUSE);
    }
}

fn connect(host: &str, port: u16) -> Result<(), String> {
    let addresses = (host, port).to_socket_addrs().map_err(|error| error.to_string())?;
    let mut reason = "the name has no address".to_owned();
    for address in addresses {
        match TcpStream::connect_timeout(&address, TRY) {
            Ok(_) => return Ok(()),
            Err(error) => reason = error.to_string(),
        }
    }
    Err(reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn sleeps_as_long_as_it_is_told() {
        let started = Instant::now();
        run(&["sleep", "0.2"]).unwrap();
        assert!(started.elapsed() >= Duration::from_millis(200));
    }

    #[test]
    fn waits_until_a_port_answers() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port().to_string();
        run(&["wait", "127.0.0.1", &port, "5"]).unwrap();
    }

    #[test]
    fn says_what_did_not_answer() {
        let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let message = run(&["wait", "127.0.0.1", &closed.to_string(), "0.1"]).unwrap_err();
        assert!(
            message.starts_with(&format!("127.0.0.1:{closed} did not answer within 0.1 s: ")),
            "{message}"
        );
    }

    #[test]
    fn refuses_what_it_does_not_understand() {
        assert!(
            run(&["sleep", "soon"])
                .unwrap_err()
                .contains("\"soon\" is not a number of seconds")
        );
        assert!(
            run(&["sleep", "-1"])
                .unwrap_err()
                .contains("is not a number of seconds")
        );
        assert!(
            run(&["wait", "localhost", "http"])
                .unwrap_err()
                .contains("\"http\" is not a port")
        );
        assert_eq!(run(&["sleep"]).unwrap_err(), USAGE);
    }
}
