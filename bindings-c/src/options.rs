//! Settings of runtimes, references, servers and services, under Dubbo's own keys.

use std::mem::MaybeUninit;

use polydubbo::api::{
    Error, ErrorCode, ReferenceConfig, Result, RuntimeOptions, ServerConfig, ServiceConfig,
};

use crate::boundary::{fallible, infallible, invalid, place, required};
use crate::errors::dubbo_error;
use crate::text::dubbo_str;

/// Keys: io.threads, thread.name.
pub const DUBBO_OPTIONS_RUNTIME: u32 = 1;
/// Keys: interface, application, registry, url, methods, and every key of a Dubbo reference.
pub const DUBBO_OPTIONS_REFERENCE: u32 = 2;
/// Keys: application, host, port, advertise.host, advertise.port, registry, shutdown.wait, shutdown.notice, and every key of
/// a Dubbo protocol or service.
pub const DUBBO_OPTIONS_SERVER: u32 = 3;
/// Keys: interface, and every key of a Dubbo service.
pub const DUBBO_OPTIONS_SERVICE: u32 = 4;

/// Settings. Each key and value is checked when it is set. May move between threads; whoever takes them copies them.
pub struct dubbo_options(Options);

/// Settings by what they are for.
pub(crate) enum Options {
    Runtime(RuntimeOptions),
    Reference(ReferenceConfig),
    Server(ServerConfig),
    Service(ServiceConfig),
}

/// Makes settings with Dubbo's defaults.
///
/// @param kind what they are for: DUBBO_OPTIONS_*
/// @param out owned: released by dubbo_options_free
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_options_new(
    kind: u32,
    out: Option<&mut MaybeUninit<Option<Box<dubbo_options>>>>,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let out = place(out)?;
        *out = Some(Box::new(dubbo_options(match kind {
            DUBBO_OPTIONS_RUNTIME => Options::Runtime(RuntimeOptions::default()),
            DUBBO_OPTIONS_REFERENCE => Options::Reference(ReferenceConfig::new("")),
            DUBBO_OPTIONS_SERVER => Options::Server(ServerConfig::default()),
            DUBBO_OPTIONS_SERVICE => Options::Service(ServiceConfig::new("")),
            other => return Err(invalid(format!("{other} is no kind of options: use DUBBO_OPTIONS_*"))),
        })));
        Ok(())
    })
}

/// Sets a value. Times are milliseconds, sizes are bytes.
///
/// @param options borrowed
/// @param key borrowed: a key of Dubbo, "timeout", "sayHello.retries"
/// @param value borrowed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_options_set_str(
    options: Option<&mut dubbo_options>,
    key: dubbo_str,
    value: dubbo_str,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || required(options, "options")?.0.set(key.text("key")?, value.text("value")?))
}

/// Sets a number.
///
/// @param options borrowed
/// @param key borrowed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_options_set_u64(
    options: Option<&mut dubbo_options>,
    key: dubbo_str,
    value: u64,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || required(options, "options")?.0.set(key.text("key")?, &value.to_string()))
}

/// Sets a key of your own, which travels with the URL and means nothing to this library.
///
/// @param options borrowed
/// @param key borrowed
/// @param value borrowed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_options_set_parameter(
    options: Option<&mut dubbo_options>,
    key: dubbo_str,
    value: dubbo_str,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let parameters = match &mut required(options, "options")?.0 {
            Options::Reference(config) => &mut config.parameters,
            Options::Server(config) => &mut config.parameters,
            Options::Service(config) => &mut config.parameters,
            Options::Runtime(_) => return Err(invalid("a runtime has no URL that could carry parameters")),
        };
        parameters.set_custom(key.text("key")?, value.text("value")?)
    })
}

/// Releases settings.
///
/// @param options consumed; NULL is a no-op
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_options_free(options: Option<Box<dubbo_options>>) {
    infallible((), || drop(options));
}

impl dubbo_options {
    pub(crate) fn inner(&self) -> &Options {
        &self.0
    }
}

impl Options {
    fn set(&mut self, key: &str, value: &str) -> Result<()> {
        match self {
            Self::Runtime(options) => set_runtime(options, key, value),
            Self::Reference(config) => config.set(key, value),
            Self::Server(config) => config.set(key, value),
            Self::Service(config) => config.set(key, value),
        }
    }

    pub(crate) fn reference(options: Option<&dubbo_options>) -> Result<ReferenceConfig> {
        match required(options, "options")?.inner() {
            Self::Reference(config) => Ok(config.clone()),
            _ => Err(invalid("the options are not of the kind DUBBO_OPTIONS_REFERENCE")),
        }
    }

    pub(crate) fn server(options: Option<&dubbo_options>) -> Result<ServerConfig> {
        match required(options, "options")?.inner() {
            Self::Server(config) => Ok(config.clone()),
            _ => Err(invalid("the options are not of the kind DUBBO_OPTIONS_SERVER")),
        }
    }

    pub(crate) fn service(options: Option<&dubbo_options>) -> Result<ServiceConfig> {
        match required(options, "options")?.inner() {
            Self::Service(config) => Ok(config.clone()),
            _ => Err(invalid("the options are not of the kind DUBBO_OPTIONS_SERVICE")),
        }
    }
}

fn set_runtime(options: &mut RuntimeOptions, key: &str, value: &str) -> Result<()> {
    match key {
        "io.threads" => {
            let number = value.parse();
            options.io_threads = number.map_err(|_| unfit(key, value, "write a number from 1 to 64"))?;
        }
        "thread.name" => value.clone_into(&mut options.thread_name),
        _ => return Err(unfit(key, value, "known keys: io.threads, thread.name")),
    }
    Ok(())
}

fn unfit(key: &str, value: &str, remedy: &str) -> Error {
    Error::new(ErrorCode::Config, format!("{value:?} is not a value of {key:?}: {remedy}")).with("key", key)
}
