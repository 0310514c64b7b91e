//! What a run consists of: servers, clients, configurations, rows. Plain data, so that it can be listed, filtered
//! and tested without starting anything.

use crate::figure::Row;

/// A program that serves. It prints `READY port=<port>`.
#[derive(Debug, Clone)]
pub(crate) struct Server {
    /// Name, unique in its group.
    pub(crate) name: String,
    /// Program and arguments.
    pub(crate) argv: Vec<String>,
}

/// A client program that stays between measurements, because it needs a long warm-up. It prints `READY`, then one
/// point for each line that it is given.
#[derive(Debug, Clone)]
pub(crate) struct Resident {
    /// Name, unique in its group.
    pub(crate) name: String,
    /// The server that it is connected to.
    pub(crate) server: String,
    /// Program and arguments; `{port}` stands for the port of the server.
    pub(crate) argv: Vec<String>,
}

/// How one point is measured.
#[derive(Debug, Clone)]
pub(crate) enum Client {
    /// A program that measures one point, prints it and ends. `{port}` and `{pid}` stand for those of the server.
    Once(Vec<String>),
    /// A line for a [`Resident`]; `{pid}` stands for the process id of its server.
    Resident {
        /// Its name.
        name: String,
        /// The line.
        line: String,
    },
}

/// One configuration: a client against a server.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    /// Name, unique in the run.
    pub(crate) name: String,
    /// The server, when there is one.
    pub(crate) server: Option<String>,
    /// The client.
    pub(crate) client: Client,
    /// Run once before the first round, for what needs minutes to become fast.
    pub(crate) warm_up: Option<Client>,
}

/// Configurations that are measured in turn, with the servers that they share.
#[derive(Debug, Clone, Default)]
pub(crate) struct Group {
    /// Name for people.
    pub(crate) name: &'static str,
    /// How often every configuration is measured.
    pub(crate) rounds: usize,
    /// Servers.
    pub(crate) servers: Vec<Server>,
    /// Clients that stay.
    pub(crate) residents: Vec<Resident>,
    /// Configurations.
    pub(crate) configs: Vec<Config>,
    /// What is made of the points.
    pub(crate) rows: Vec<Row>,
}

impl Group {
    /// Keeps the rows whose id is in `only`, and what they need.
    pub(crate) fn retain(&mut self, only: &[String]) {
        self.rows.retain(|row| only.iter().any(|id| id.eq_ignore_ascii_case(row.id)));
        let needs =
            |name: &String| self.rows.iter().any(|row| row.ours == *name || row.others.contains(name));
        self.configs.retain(|config| needs(&config.name));
        let configs = &self.configs;
        self.residents.retain(|resident| {
            let uses =
                |client: &Client| matches!(client, Client::Resident { name, .. } if *name == resident.name);
            configs.iter().any(|config| uses(&config.client))
        });
        self.servers.retain(|server| {
            configs.iter().any(|config| config.server.as_ref() == Some(&server.name))
                || self.residents.iter().any(|resident| resident.server == server.name)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::{Better, Figure};

    fn config(name: &str, server: &str, client: Client) -> Config {
        Config { name: name.to_owned(), server: Some(server.to_owned()), client, warm_up: None }
    }

    fn row(id: &'static str, ours: &str) -> Row {
        Row {
            id,
            what: id.to_owned(),
            figure: Figure::Rate,
            ours: ours.to_owned(),
            others: Vec::new(),
            better: Better::Higher,
            target: None,
            goal: 1.0,
            floor: 1.0,
        }
    }

    #[test]
    fn a_filter_keeps_only_what_its_rows_need() {
        let server = |name: &str| Server { name: name.to_owned(), argv: Vec::new() };
        let resident = Resident { name: "r".to_owned(), server: "s2".to_owned(), argv: Vec::new() };
        let line = Client::Resident { name: "r".to_owned(), line: String::new() };
        let mut group = Group {
            servers: vec![server("s1"), server("s2")],
            residents: vec![resident],
            configs: vec![config("a", "s1", Client::Once(Vec::new())), config("b", "s2", line)],
            rows: vec![row("C1", "a"), row("J1", "b")],
            ..Group::default()
        };
        let mut other = group.clone();
        group.retain(&["c1".to_owned()]);
        assert_eq!(
            (group.rows.len(), group.configs.len(), group.servers.len(), group.residents.len()),
            (1, 1, 1, 0)
        );
        other.retain(&["J1".to_owned()]);
        assert_eq!((other.servers[0].name.as_str(), other.residents.len()), ("s2", 1));
    }
}
