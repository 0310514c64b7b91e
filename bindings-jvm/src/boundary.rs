//! Where Rust ends: errors become exceptions of Java, and so do panics.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;

use jni::errors::ErrorPolicy;
use jni::ids::JStaticMethodID;
use jni::objects::{JClass, JObjectArray, JString, JThrowable, JValue};
use jni::refs::Global;
use jni::signature::ReturnType;
use jni::{Env, jni_sig, jni_str};
use polydubbo::api::{Error, ErrorCode};

/// The function of Java that makes exceptions.
static THROWABLES: OnceLock<Throwables> = OnceLock::new();

struct Throwables {
    class: Global<JClass<'static>>,
    of: JStaticMethodID,
}

/// What a native method may fail with.
#[derive(Debug)]
pub(crate) enum Failure {
    /// An error of the core, for `DubboException`.
    Core(Error),
    /// The JVM refused a step; mostly an exception of its own is pending then.
    Jni(jni::errors::Error),
}

/// The result of a native method.
pub(crate) type Result<T, E = Failure> = std::result::Result<T, E>;

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Core(error)
    }
}

impl From<jni::errors::Error> for Failure {
    fn from(error: jni::errors::Error) -> Self {
        Self::Jni(error)
    }
}

/// Finds the classes of exceptions; called once, while the library is loaded.
pub(crate) fn prepare(env: &mut Env<'_>) -> jni::errors::Result<()> {
    let class = env.find_class(jni_str!("io/polydubbo/internal/Throwables"))?;
    let of = env.get_static_method_id(
        &class,
        jni_str!("of"),
        jni_sig!("(ILjava/lang/String;[Ljava/lang/String;)Ljava/lang/Throwable;"),
    )?;
    let class = env.new_global_ref(class)?;
    // Set before only if the JVM loads the same library again, and then to the same.
    let _ = THROWABLES.set(Throwables { class, of });
    Ok(())
}

/// Throws what a native method fails with: an error of the core as `DubboException`, a panic as `NativePanicException`.
/// An exception that is already pending wins.
#[derive(Debug)]
pub(crate) struct Throw;

impl<T: Default> ErrorPolicy<T, Failure> for Throw {
    type Captures<'unowned_env_local: 'native_method, 'native_method> = ();

    fn on_error<'unowned_env_local: 'native_method, 'native_method>(
        env: &mut Env<'unowned_env_local>,
        (): &mut (),
        failure: Failure,
    ) -> jni::errors::Result<T> {
        let error = match failure {
            Failure::Core(error) => error,
            Failure::Jni(error) => {
                Error::new(ErrorCode::Internal, format!("the JVM refused a step: {error}"))
            }
        };
        throw(env, &error)?;
        Ok(T::default())
    }

    fn on_panic<'unowned_env_local: 'native_method, 'native_method>(
        env: &mut Env<'unowned_env_local>,
        (): &mut (),
        payload: Box<dyn Any + Send>,
    ) -> jni::errors::Result<T> {
        throw(env, &Error::new(ErrorCode::Panic, text_of(payload)))?;
        Ok(T::default())
    }
}

fn throw(env: &mut Env<'_>, error: &Error) -> jni::errors::Result<()> {
    if env.exception_check() {
        return Ok(());
    }
    let throwables = THROWABLES.get().expect("prepared while the library was loaded");
    let context = context_array(env, error)?;
    let message = env.new_string(error.to_string())?;
    let arguments = [
        JValue::Int(error.code().number() as i32).as_jni(),
        JValue::Object(&message).as_jni(),
        JValue::Object(&context).as_jni(),
    ];
    // SAFETY: the id belongs to this class, and the arguments to its signature.
    let made = unsafe {
        env.call_static_method_unchecked(&throwables.class, throwables.of, ReturnType::Object, &arguments)?
    };
    let throwable = env.cast_local::<JThrowable<'_>>(made.l()?)?;
    // Throwing is reported as the error that it is for Rust.
    let _ = env.throw(throwable);
    Ok(())
}

/// Keys and values of the context in turn.
fn context_array<'local>(
    env: &mut Env<'local>,
    error: &Error,
) -> jni::errors::Result<JObjectArray<'local, JString<'local>>> {
    let array = JObjectArray::<JString<'_>>::new(env, error.context().len() * 2, JString::null())?;
    for (index, (key, value)) in error.context().iter().enumerate() {
        let (key, value) = (env.new_string(key)?, env.new_string(value)?);
        array.set_element(env, index * 2, &key)?;
        array.set_element(env, index * 2 + 1, &value)?;
    }
    Ok(array)
}

fn text_of(payload: Box<dyn Any + Send>) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "panic without a text".into())
}

/// Runs a step at a place that cannot throw; nothing if it panics.
pub(crate) fn catch<T>(step: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(step)).ok()
}
