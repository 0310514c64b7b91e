//! The object of the benchmark, the same in every language: thirteen fields, 967 bytes as hessian-lite writes it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use polydubbo::Hessian;

/// `io.polydubbo.bench.User`; its fields in the order in which hessian-lite writes them.
#[derive(Debug, Clone, PartialEq, Hessian)]
#[hessian(class = "io.polydubbo.bench.User", rename_all = "camelCase")]
pub struct User {
    /// When the user was last changed.
    pub update_time: SystemTime,
    /// When the user was made.
    pub create_time: SystemTime,
    /// Fifteen numbers.
    pub permissions: Vec<i32>,
    /// A date before 1970.
    pub birthday: SystemTime,
    /// 600 characters.
    pub text: String,
    /// A small number.
    pub status: i32,
    /// An address of a picture.
    pub icon: String,
    /// 36 Chinese characters.
    pub address: String,
    /// A telephone number.
    pub mobile: String,
    /// An e-mail address.
    pub email: String,
    /// A small number.
    pub sex: i32,
    /// A name.
    pub name: String,
    /// A long in Java.
    pub id: i64,
}

impl User {
    /// The user that all languages agree on.
    #[must_use]
    pub fn sample(id: i64) -> Self {
        let at = |ms| UNIX_EPOCH + Duration::from_millis(ms);
        Self {
            update_time: at(1_700_000_060_456),
            create_time: at(1_700_000_000_123),
            permissions: (1..=15).collect(),
            birthday: UNIX_EPOCH - Duration::from_millis(4_852_742_400_000),
            text: (0..600).map(|index| char::from(b'a' + (index % 26) as u8)).collect(),
            status: 1,
            icon: "https://static.example.com/img/u.png".to_owned(),
            address: "\u{5317}\u{4eac}\u{5e02}\u{6d77}\u{6dc0}\u{533a}".repeat(6),
            mobile: "18612345678".to_owned(),
            email: "ada.lovelace@example.com".to_owned(),
            sex: 1,
            name: "Ada Lovelace".to_owned(),
            id,
        }
    }
}

/// What hessian-lite 4.0.4 writes for `User.sample(1234567)`.
pub const JAVA_BYTES: &[u8] = include_bytes!("user.hessian");

#[cfg(test)]
mod tests {
    use super::*;
    use polydubbo::codec::hessian::{Reader, Writer};

    #[test]
    fn our_bytes_are_those_of_java() {
        let mut writer = Writer::new();
        writer.value(&User::sample(1_234_567)).unwrap();
        assert_eq!(writer.finish().unwrap(), JAVA_BYTES);
    }

    #[test]
    fn the_bytes_of_java_are_read_into_the_same_user() {
        let user: User = Reader::new(JAVA_BYTES).read().unwrap();
        assert_eq!(user, User::sample(1_234_567));
    }
}
