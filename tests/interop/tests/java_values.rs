//! Values of JDK classes that only Java makes: read as Java wrote them, and sent back so that Java reads what it would
//! have read from itself.

use std::time::Duration;

use polydubbo::codec::hessian::Value;
use polydubbo::{Reference, Result};
use test_support::{JAVA_VERSIONS, Launch, Role, kind};

/// What Java cannot write: hessian-lite 3.2 loses immutable collections and overflows on calendars of other cultures,
/// and Dubbo 3 sends no class that it does not trust.
const NOT_SENT: &[&str] = &[
    "List.of",
    "Set.of",
    "Map.of",
    "ThaiBuddhistDate",
    "JapaneseDate",
    "Object",
    "SimpleEntry",
    "URL",
    "Pattern",
];

/// What Java itself cannot read again.
const NOT_READ: &[&str] = &["Iterator", "SimpleEntry", "URL", "Pattern", "LongAdder"];

/// Classes to which hessian-lite 4.0 gives no number although its own reader counts them: references behind them are lost
/// between Java peers, too.
const NOT_NUMBERED: &[&str] = &["URI", "LongAdder", "Inet4Address", "Inet6Address", "InetSocketAddress"];

/// Calls the service of the Java peer that makes and describes values.
struct Java(Reference);

impl Java {
    async fn names(&self) -> Vec<String> {
        self.0.call("names").invoke().await.unwrap()
    }

    async fn make(&self, name: &str) -> Result<Value> {
        self.0.call("make").arg(name).invoke().await
    }

    async fn describe(&self, value: &Value) -> Result<String> {
        self.0.call("describe").arg_as("java.lang.Object", value).invoke().await
    }

    async fn describe_own(&self, name: &str) -> Result<String> {
        self.0.call("describeOwn").arg(name).invoke().await
    }
}

/// True if the value arrived and went back as Java would have sent it.
async fn check(java: &Java, version: &str, name: &str) -> bool {
    let made = match java.make(name).await {
        Ok(made) => made,
        Err(error) => {
            assert!(NOT_SENT.contains(&name), "{version} {name}: {error}");
            return false;
        }
    };
    let items = made.as_list().expect("a list").items();
    // The list behind the value is there twice: every reference inside the value was counted as Java counts.
    let is_shared = items[1].identity().is_some() && items[1].identity() == items[2].identity();
    let is_numbered = !(version.contains("-3.3") && NOT_NUMBERED.contains(&name));
    assert!(is_shared || !is_numbered, "{version} {name}: {made:?}");
    assert_eq!(items[3], Value::from("end"), "{version} {name}");

    match java.describe_own(name).await {
        Ok(own) if !own.starts_with("fails: ") => {
            let ours = java.describe(&items[0]).await;
            assert_eq!(ours.unwrap_or_else(|error| error.to_string()), own, "{version} {name}");
            true
        }
        own => {
            assert!(!is_numbered || NOT_READ.contains(&name), "{version} {name}: {own:?}");
            false
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn values_of_java_come_and_go_back_as_between_java_programs() {
    for version in JAVA_VERSIONS {
        let version = format!("java-{version}");
        let start = {
            let version = version.clone();
            move || Launch::new(kind(&version)?, Role::Provider).start()
        };
        let peer = tokio::task::spawn_blocking(start).await.unwrap().unwrap();
        let reference = Reference::builder("io.polydubbo.peer.api.JavaValues").url(&peer.url()).retries(0);
        let java = Java(reference.timeout(Duration::from_secs(10)).build().await.unwrap());
        let mut same = 0;
        for name in java.names().await {
            same += usize::from(check(&java, &version, &name).await);
        }
        assert!(same >= 38, "{version}: only {same} values were compared");
    }
}
