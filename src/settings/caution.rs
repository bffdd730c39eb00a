//! What can be meant, and mostly isn't: said at the start, for whoever runs the service to decide.

use super::Settings;

impl Settings {
    /// A sentence for each setting that opens more than people think.
    pub fn cautions(&self) -> Vec<&'static str> {
        let cautions = [
            (
                self.tls.files().is_some() && self.metrics.listen.is_none(),
                "HTTPS is spoken here, so strangers may reach this address, and /metrics, which names accounts, rules and queues, is served on it: give it an address inside with metrics.listen",
            ),
            (
                self.trusted_proxies.has_everybody(),
                "trusted_proxies has everybody in it, so whoever asks can say where they come from: name the proxies' networks",
            ),
        ];
        let cautions = cautions.into_iter().filter(|(is_so, _)| *is_so);
        cautions.map(|(_, caution)| caution).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cautions(toml: &str) -> usize {
        Settings::from_toml(toml).unwrap().cautions().len()
    }

    #[test]
    fn what_opens_more_than_people_think_is_said() {
        let tls = "tls = { certificate = 'a.pem', key = 'b.pem' }";
        assert_eq!(cautions(""), 0);
        assert_eq!(cautions(tls), 1);
        assert_eq!(
            cautions(&format!("{tls}\nmetrics.listen = '127.0.0.1:9464'")),
            0
        );
        assert_eq!(cautions("trusted_proxies = '10.0.0.0/8'"), 0);
        assert_eq!(cautions("trusted_proxies = '0.0.0.0/0'"), 1);
        assert_eq!(cautions("trusted_proxies = '10.0.0.0/8,::/0'"), 1);
    }
}
