//! When a connection sends a heartbeat, and when it is given up.

use super::clock::{self, Tick};
use super::inbound::Side;

/// What the time has come for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Due {
    Nothing,
    /// Ask the peer whether it is alive.
    Heartbeat,
    /// The peer gave no sign of life for too long.
    Dead,
}

/// The two timers of one connection. Deadlines are moved by traffic without touching any timer of
/// the runtime: only when one is reached it is looked at again.
#[derive(Debug)]
pub(crate) struct Timers {
    side: Side,
    heartbeat: u32,
    idle: u32,
    last_read: Tick,
    last_write: Tick,
    last_beat: Tick,
}

impl Timers {
    /// `heartbeat` and `idle` in ticks; 0 switches them off.
    pub(crate) const fn new(side: Side, heartbeat: u32, idle: u32, now: Tick) -> Self {
        Self { side, heartbeat, idle, last_read: now, last_write: now, last_beat: now }
    }

    pub(crate) const fn read(&mut self, now: Tick) {
        self.last_read = now;
    }

    pub(crate) const fn wrote(&mut self, now: Tick) {
        self.last_write = now;
    }

    pub(crate) const fn last_read(&self) -> Tick {
        self.last_read
    }

    /// What must be done at `now`. A heartbeat counts as sent.
    pub(crate) fn due(&mut self, now: Tick) -> Due {
        if self.idle_deadline().is_some_and(|deadline| clock::passed(deadline, now)) {
            return Due::Dead;
        }
        if self.beat_deadline().is_some_and(|deadline| clock::passed(deadline, now)) {
            self.last_beat = now;
            return Due::Heartbeat;
        }
        Due::Nothing
    }

    /// When [`Self::due`] must be asked next.
    pub(crate) fn next(&self) -> Option<Tick> {
        match (self.beat_deadline(), self.idle_deadline()) {
            (Some(beat), Some(idle)) => Some(clock::earlier(beat, idle)),
            (beat, idle) => beat.or(idle),
        }
    }

    /// Only the client asks, when nothing was read for the interval (2.7.1 and later).
    fn beat_deadline(&self) -> Option<Tick> {
        let asks = self.side == Side::Client && self.heartbeat > 0;
        asks.then(|| later(self.last_read, self.last_beat).wrapping_add(self.heartbeat))
    }

    /// The client gives up when nothing was read, the server when nothing was read or written.
    fn idle_deadline(&self) -> Option<Tick> {
        let last = match self.side {
            Side::Client => self.last_read,
            Side::Server => later(self.last_read, self.last_write),
        };
        (self.idle > 0).then(|| last.wrapping_add(self.idle))
    }
}

const fn later(a: Tick, b: Tick) -> Tick {
    if clock::passed(a, b) { b } else { a }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_asks_each_interval_and_gives_up_after_the_idle_time() {
        let start = u32::MAX - 100;
        let mut timers = Timers::new(Side::Client, 60, 180, start);
        let at = |offset: u32| start.wrapping_add(offset);
        assert_eq!(timers.next(), Some(at(60)));
        assert_eq!(timers.due(at(59)), Due::Nothing);
        assert_eq!(timers.due(at(60)), Due::Heartbeat);
        assert_eq!(timers.due(at(61)), Due::Nothing);
        assert_eq!(timers.next(), Some(at(120)));
        timers.wrote(at(110));
        assert_eq!(timers.due(at(120)), Due::Heartbeat);
        assert_eq!(timers.due(at(180)), Due::Dead);
        timers.read(at(179));
        assert_eq!(timers.due(at(180)), Due::Nothing);
        assert_eq!(timers.next(), Some(at(239)));
    }

    #[test]
    fn the_server_never_asks_and_counts_reads_and_writes() {
        let mut timers = Timers::new(Side::Server, 60, 180, 0);
        assert_eq!(timers.next(), Some(180));
        timers.wrote(100);
        assert_eq!(timers.due(180), Due::Nothing);
        assert_eq!(timers.due(280), Due::Dead);
        timers.read(200);
        assert_eq!(timers.due(280), Due::Nothing);
    }

    #[test]
    fn zero_switches_a_timer_off() {
        let mut timers = Timers::new(Side::Client, 0, 0, 0);
        assert_eq!((timers.next(), timers.due(1 << 29)), (None, Due::Nothing));
    }
}
