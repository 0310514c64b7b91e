use std::sync::mpsc;
use std::thread;

use super::*;

/// So short that the host looks around many times while nothing happens.
const SHORT: Duration = Duration::from_millis(1);
const LONG: Duration = Duration::from_secs(60);

/// One runtime for all steps: there is one in a process.
#[test]
fn the_host_does_the_io_and_somebody_stands_in_for_it() {
    let io = HostedIo::shared().unwrap();
    assert!(HostedIo::shared().is_err(), "the shared runtime has one host");
    let runtime = Runtime::shared().unwrap();
    let queue = Arc::new(io.queue());
    let ask = |number: u32| {
        let (queue, (told, answer)) = (Arc::clone(&queue), mpsc::channel());
        let task = async move {
            sleep(Duration::from_millis(1)).await;
            told.send(thread::current().id()).unwrap();
            queue.push(number).unwrap();
        };
        runtime.spawn(task).unwrap();
        answer
    };
    let mut out = Vec::new();

    // Nobody waits in the queue, and the work is done all the same.
    assert_ne!(ask(0).recv().unwrap(), thread::current().id());

    // The host does it from now on, except while it is kept elsewhere for long.
    for number in 1.. {
        let answer = ask(number);
        while out.last() != Some(&number) {
            assert!(io.wait(&queue, SHORT, 10, &mut out));
        }
        if answer.recv().unwrap() == thread::current().id() {
            break;
        }
    }
    assert!(out.iter().copied().eq(0..out.len() as u32), "{out:?}");

    // Events of other threads end the wait too.
    thread::scope(|threads| {
        threads.spawn(|| queue.push(u32::MAX).unwrap());
        while out.last() != Some(&u32::MAX) {
            assert!(io.wait(&queue, SHORT, 10, &mut out));
        }
    });

    queue.close();
    assert!(!io.wait(&queue, SHORT, 10, &mut out));
    assert!(runtime.shutdown(LONG));
    assert!(!io.wait(&queue, LONG, 10, &mut out), "without a runtime it is the queue alone");
}
