//! What the library logs, for a function of the program.

use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::sync::Arc;

use parking_lot::Mutex;
use polydubbo::api::{Error, ErrorCode, LogBatch, LogRecord, Wake, leave_log, listen_to_log, take_log};

use crate::boundary::{fallible, invalid};
use crate::errors::dubbo_error;
use crate::pool;
use crate::text::dubbo_str;
use crate::user_data::{UserData, dubbo_destroy_fn};

/// Nothing.
pub const DUBBO_LOG_OFF: u32 = 0;
/// Errors.
pub const DUBBO_LOG_ERROR: u32 = 1;
/// Warnings and errors.
pub const DUBBO_LOG_WARN: u32 = 2;
/// Also what happens to connections and registries.
pub const DUBBO_LOG_INFO: u32 = 3;
/// Also what helps to find faults.
pub const DUBBO_LOG_DEBUG: u32 = 4;
/// Everything.
pub const DUBBO_LOG_TRACE: u32 = 5;

/// Takes a message: its level (DUBBO_LOG_ERROR to _TRACE), the part of the library that wrote it, and the text. The texts
/// are borrowed for the call. Runs on a thread of the callback pool, one message after the other.
pub type dubbo_log_fn =
    Option<unsafe extern "C" fn(user_data: *mut c_void, level: u32, target: dubbo_str, message: dubbo_str)>;

/// Who listens now.
static LISTENER: Mutex<Option<Arc<dyn Wake>>> = Mutex::new(None);

/// Hands what the library logs to a function, which replaces the one before. Without this call nothing is logged.
///
/// @param level the most detailed level that is wanted; DUBBO_LOG_OFF ends it
/// @param function NULL only with DUBBO_LOG_OFF
/// @param user_data retained until destroy is called with it, also when this function fails
/// @param destroy may be NULL
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_log_set_callback(
    level: u32,
    function: dubbo_log_fn,
    user_data: *mut c_void,
    destroy: dubbo_destroy_fn,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let user_data = UserData::new(user_data, destroy);
        if level > DUBBO_LOG_TRACE {
            return Err(invalid(format!("{level} is no level: use DUBBO_LOG_OFF to DUBBO_LOG_TRACE")));
        }
        let Some(function) = function else {
            if level != DUBBO_LOG_OFF {
                return Err(invalid("function is NULL"));
            }
            let old = LISTENER.lock().take();
            old.iter().for_each(leave_log);
            return Ok(());
        };
        pool::ensure()?;
        let sink = Arc::new(Sink { function, user_data, turn: Mutex::new(()) });
        let listener: Arc<dyn Wake> = Arc::new(Listener(sink));
        let old = LISTENER.lock().replace(Arc::clone(&listener));
        drop(old);
        if listen_to_log(level as u8, listener) {
            return Ok(());
        }
        let text = "the program has a tracing subscriber of its own, which gets the messages";
        Err(Error::new(ErrorCode::Unsupported, text))
    })
}

/// Lets the pool take the messages.
struct Listener(Arc<Sink>);

struct Sink {
    function: unsafe extern "C" fn(*mut c_void, u32, dubbo_str, dubbo_str),
    user_data: UserData,
    /// Held while messages are handed out, so that they keep their order.
    turn: Mutex<()>,
}

impl Wake for Listener {
    fn wake(&self) {
        let sink = Arc::clone(&self.0);
        pool::run(move || sink.hand_out());
    }
}

impl Sink {
    fn hand_out(&self) {
        let _turn = self.turn.lock();
        let LogBatch { records, dropped } = take_log();
        for record in &records {
            self.hand(record);
        }
        if dropped > 0 {
            self.hand(&LogRecord {
                level: DUBBO_LOG_WARN as u8,
                target: "polydubbo".to_owned(),
                message: format!("{dropped} messages of the log were dropped"),
            });
        }
    }

    fn hand(&self, record: &LogRecord) {
        let (target, message) = (dubbo_str::view(&record.target), dubbo_str::view(&record.message));
        // SAFETY: the program gave the function for this data; the texts live through the call.
        unsafe { (self.function)(self.user_data.pointer(), record.level.into(), target, message) }
    }
}
