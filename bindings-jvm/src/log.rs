//! What the library logs, on its way to the loggers of Java.

use std::sync::Arc;

use polydubbo::api::{Event, LogRecord, Wake, listen_to_log, take_log};

use crate::boundary::Result;
use crate::frame::Packer;
use crate::record::{Batch, Record};
use crate::reference::events;

/// Something was logged: aux is its level, token how many records were lost before it; payload: target, message.
const LOG: u16 = 9;

/// Puts an event without a meaning into the queue, so that the pump comes by.
struct PumpWake;

impl Wake for PumpWake {
    fn wake(&self) {
        if let Ok(queue) = events() {
            drop(queue.push(Event::Done { token: 0, result: Ok(()) }));
        }
    }
}

/// Takes records up to a level from now on: 0 none, 1 errors, ... 5 traces.
pub(crate) fn listen(level: u8) -> Result<()> {
    listen_to_log(level, Arc::new(PumpWake));
    Ok(())
}

/// Appends what was logged, as far as the batch has room; more is counted as lost.
pub(crate) fn drain(room: usize, batch: &mut Batch<'_>) {
    if room == 0 {
        return;
    }
    let taken = take_log();
    let lost = taken.records.len().saturating_sub(room) as u64 + u64::from(taken.dropped);
    for (index, record) in taken.records.into_iter().take(room).enumerate() {
        batch.push(told(&record, if index == 0 { lost } else { 0 }));
    }
}

fn told(record: &LogRecord, lost: u64) -> Record {
    let mut packer = Packer::default();
    packer.text(&record.target);
    packer.text(&record.message);
    let (aux, payload) = (u64::from(record.level), packer.finish());
    Record { kind: LOG, token: lost, aux, payload, ..Record::default() }
}
