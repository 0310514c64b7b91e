//! Real registry nodes, written by Dubbo 2.7.8 and 3.3.1, are read and written back byte for byte.

use polydubbo::url::{Url, keys};

const PROVIDER_278: &str = "dubbo%3A%2F%2F192.0.2.2%3A20880%2Fcom.acme.user.api.UserService%3Fanyhost%3Dtrue%26application%3Duser-provider%26deprecated%3Dfalse%26dubbo%3D2.0.2%26dynamic%3Dtrue%26generic%3Dfalse%26interface%3Dcom.acme.user.api.UserService%26metadata-type%3Dremote%26methods%3DfindUser%2ClistUsers%2Chello%26pid%3D22007%26release%3D2.7.8%26revision%3D1.2.0%26side%3Dprovider%26timestamp%3D1795172719592";
const PROVIDER_278_VIP: &str = "dubbo%3A%2F%2F192.0.2.2%3A20880%2Fcom.acme.user.api.UserService%3Fanyhost%3Dtrue%26application%3Duser-provider%26deprecated%3Dfalse%26dubbo%3D2.0.2%26dynamic%3Dtrue%26generic%3Dfalse%26group%3Dvip%26hello.retries%3D0%26hello.timeout%3D500%26interface%3Dcom.acme.user.api.UserService%26metadata-type%3Dremote%26methods%3DfindUser%2ClistUsers%2Chello%26pid%3D20709%26release%3D2.7.8%26revision%3D1.2.0%26side%3Dprovider%26timeout%3D3000%26timestamp%3D1795170944361%26token%3D9c1e7d5e-4c0e-4043-b915-915899fb78e2%26version%3D1.0.0%26weight%3D200";
const CONSUMER_278: &str = "consumer%3A%2F%2F192.0.2.2%2Fcom.acme.user.api.UserService%3Fapplication%3Duser-consumer%26category%3Dconsumers%26check%3Dfalse%26dubbo%3D2.0.2%26group%3Dvip%26interface%3Dcom.acme.user.api.UserService%26metadata-type%3Dremote%26methods%3DfindUser%2ClistUsers%2Chello%26pid%3D21167%26qos.enable%3Dfalse%26release%3D2.7.8%26revision%3D1.2.0%26side%3Dconsumer%26sticky%3Dfalse%26timeout%3D2000%26timestamp%3D1795170958173%26version%3D1.0.0";
const PROVIDER_331: &str = "dubbo%3A%2F%2F192.0.2.2%3A20880%2Fcom.acme.user.api.UserService%3Fapplication%3Duser-provider%26deprecated%3Dfalse%26dubbo%3D2.0.2%26dynamic%3Dtrue%26generic%3Dfalse%26interface%3Dcom.acme.user.api.UserService%26methods%3DfindUser%2Chello%2ClistUsers%26prefer.serialization%3Dhessian2%26release%3D3.3.1%26revision%3D1.2.0%26service-name-mapping%3Dtrue%26side%3Dprovider%26timestamp%3D1795170755907";
const CONSUMER_331: &str = "consumer%3A%2F%2F192.0.2.2%2Fcom.acme.user.api.UserService%3Fapplication%3Duser-consumer%26background%3Dfalse%26category%3Dconsumers%26check%3Dfalse%26dubbo%3D2.0.2%26executor-management-mode%3Disolation%26file-cache%3Dtrue%26group%3Dvip%26interface%3Dcom.acme.user.api.UserService%26methods%3DfindUser%2Chello%2ClistUsers%26pid%3D14288%26qos.enable%3Dfalse%26release%3D3.3.1%26revision%3D1.2.0%26side%3Dconsumer%26sticky%3Dfalse%26timeout%3D2000%26timestamp%3D1795170767967%26unloadClusterRelated%3Dfalse%26version%3D1.0.0";

#[test]
fn nodes_of_java_are_written_back_byte_for_byte() {
    for node in [PROVIDER_278, PROVIDER_278_VIP, CONSUMER_278, PROVIDER_331, CONSUMER_331] {
        let url = Url::parse_encoded(node).unwrap();
        assert_eq!(url.encode_znode(), node);
        assert_eq!(Url::parse(&url.full_string()).unwrap(), url);
        assert_eq!(url.host(), "192.0.2.2");
        assert_eq!(url.interface(), "com.acme.user.api.UserService");
    }
}

#[test]
fn a_provider_node_gives_its_settings() {
    let url = Url::parse_encoded(PROVIDER_278_VIP).unwrap();
    assert_eq!((url.protocol(), url.port()), ("dubbo", 20880));
    assert_eq!(url.service_key(), "vip/com.acme.user.api.UserService:1.0.0");
    assert_eq!(url.method_int("hello", keys::TIMEOUT, 1000), 500);
    assert_eq!(url.method_int("findUser", keys::TIMEOUT, 1000), 3000);
    assert_eq!(url.method_int("hello", keys::RETRIES, 2), 0);
    assert_eq!(url.start_time_ms(), 1_795_170_944_361);
    assert_eq!(url.methods().collect::<Vec<_>>(), ["findUser", "listUsers", "hello"]);
}

#[test]
fn a_node_without_parameters_is_a_provider() {
    let url = Url::parse_encoded("dubbo%3A%2F%2Fh%3A20880%2Fcom.acme.UserService").unwrap();
    assert_eq!((url.interface(), url.params().count()), ("com.acme.UserService", 0));
}
