//! Running a command whose output is shown as it comes, and kept.

use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// What a command has left behind.
pub struct Outcome {
    /// Exit code; 128 and more when a signal ended it.
    pub code: i32,
    /// Both outputs in the order in which they came.
    pub output: String,
    pub time: Duration,
}

/// Runs a command without standard input.
pub fn run(command: &[&str]) -> Result<Outcome, String> {
    let cannot = |error: std::io::Error| format!("can't run {}: {error}", command.join(" "));
    let started = Instant::now();
    // One pipe for both outputs keeps their order.
    let (mut reader, writer) = std::io::pipe().map_err(cannot)?;
    let mut child = Command::new(command[0])
        .args(&command[1..])
        .stdin(Stdio::null())
        .stdout(writer.try_clone().map_err(cannot)?)
        .stderr(writer)
        .spawn()
        .map_err(cannot)?;

    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut buffer = [0; 8192];
        while let Ok(length @ 1..) = reader.read(&mut buffer) {
            if sender.send(buffer[..length].to_vec()).is_err() {
                break;
            }
        }
    });
    let mut output = Vec::new();
    let status = loop {
        // What the command has started and left behind may hold the pipe open for ever.
        let status = child.try_wait().map_err(cannot)?;
        let is_over = print_what_comes(&receiver, &mut output);
        match status {
            Some(status) => break status,
            None if is_over => break child.wait().map_err(cannot)?,
            None => {}
        }
    };
    let code = status.code().unwrap_or_else(|| {
        use std::os::unix::process::ExitStatusExt;
        128 + status.signal().unwrap_or(0)
    });
    Ok(Outcome {
        code,
        output: String::from_utf8_lossy(&output).into_owned(),
        time: started.elapsed(),
    })
}

/// Prints and keeps what comes until nothing has come for a moment. Returns whether nothing can come any more.
fn print_what_comes(receiver: &Receiver<Vec<u8>>, output: &mut Vec<u8>) -> bool {
    loop {
        match receiver.recv_timeout(Duration::from_millis(200)) {
            Ok(part) => {
                // Whoever watches may have gone; the command goes on.
                let _ = std::io::stdout().write_all(&part);
                let _ = std::io::stdout().flush();
                output.extend_from_slice(&part);
            }
            Err(error) => return error == RecvTimeoutError::Disconnected,
        }
    }
}

/// The last lines of an output.
pub fn last_lines(output: &str, count: usize) -> String {
    let lines: Vec<&str> = output.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_both_outputs_in_order_and_the_code() {
        let outcome = run(&["sh", "-c", "echo one; echo two >&2; echo three; exit 3"]).unwrap();
        assert_eq!((outcome.code, outcome.output.as_str()), (3, "one\ntwo\nthree\n"));
        assert_eq!(run(&["sh", "-c", "kill -9 $$"]).unwrap().code, 137);
        assert!(run(&["no-such-program"]).is_err());
    }

    #[test]
    fn does_not_wait_for_what_a_command_leaves_behind() {
        let outcome = run(&["sh", "-c", "sleep 20 & echo done"]).unwrap();
        assert_eq!((outcome.code, outcome.output.as_str()), (0, "done\n"));
        assert!(outcome.time < Duration::from_secs(10));
    }

    #[test]
    fn takes_the_last_lines() {
        assert_eq!(last_lines("a\nb\nc\n", 2), "b\nc");
        assert_eq!(last_lines("a", 2), "a");
    }
}
