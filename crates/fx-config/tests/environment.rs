//! The environment goes over the file, and its mistakes name the variable.

use std::time::Duration;

use figment::Jail;
use fx_config::{Origin, Overrides, Settings};

#[test]
#[expect(clippy::result_large_err, reason = "figment's own error is that large")]
fn the_environment_goes_over_the_file_and_flags_over_both() {
    Jail::expect_with(|jail| {
        jail.create_file("fx.toml", "[api]\nlisten = \"127.0.0.1:1\"\nsse_clients = 7\n")?;
        jail.set_env("FX_MONITOR__API__LISTEN", "127.0.0.1:2");
        jail.set_env("FX_MONITOR__FEEDS__ORDER", "[\"open-er-api\"]");
        jail.set_env("FX_MONITOR__FEEDS__OPEN_ER_API__INTERVAL", "1h");
        let settings = Settings::load(Some("fx.toml".as_ref())).expect("right");
        assert_eq!((settings.api.listen.port(), settings.api.sse_clients), (2, 7));
        assert_eq!(settings.feeds.plans(&settings.currencies)[0].interval, Duration::from_hours(1));
        let overrides = Overrides { listen: Some(([127, 0, 0, 1], 3).into()), ..Default::default() };
        let settings = Settings::load_with(Some("fx.toml".as_ref()), &overrides).expect("right");
        assert_eq!(settings.api.listen.port(), 3);
        Ok(())
    });
}

#[test]
#[expect(clippy::result_large_err, reason = "figment's own error is that large")]
fn a_mistake_names_the_variable() {
    Jail::expect_with(|jail| {
        jail.set_env("FX_MONITOR__API__LISTEN", "localhost");
        jail.set_env("FX_MONITOR__FEEDS__OPEN_ER_API__INTERVALL", "1h");
        let errors = Settings::load(None).expect_err("two mistakes");
        let origins: Vec<_> = errors.mistakes().iter().map(|mistake| mistake.origin.clone()).collect();
        let variable = |name: &str| Origin::Environment(format!("FX_MONITOR__{name}"));
        assert_eq!(origins, [variable("API__LISTEN"), variable("FEEDS__OPEN_ER_API__INTERVALL")], "{errors}");
        Ok(())
    });
}

#[test]
#[expect(clippy::result_large_err, reason = "figment's own error is that large")]
fn a_secret_comes_from_the_credentials_directory() {
    Jail::expect_with(|jail| {
        jail.create_dir("credentials")?;
        jail.create_file("credentials/oxr", "sesame\n")?;
        jail.set_env("CREDENTIALS_DIRECTORY", jail.directory().join("credentials").display());
        let text = "[feeds]\norder = [\"open-exchange-rates\"]\n[feeds.open-exchange-rates]\napi_key_file = \"$CREDENTIALS_DIRECTORY/oxr\"";
        jail.create_file("fx.toml", text)?;
        let settings = Settings::load(Some("fx.toml".as_ref())).expect("right");
        let plans = settings.feeds.plans(&settings.currencies);
        assert_eq!(plans[0].api_key.as_ref().map(fx_config::Secret::expose), Some("sesame"));
        Ok(())
    });
}

#[test]
#[expect(clippy::result_large_err, reason = "figment's own error is that large")]
fn the_environment_reaches_tables_in_tables() {
    Jail::expect_with(|jail| {
        jail.create_file("password", "sesame\n")?;
        jail.create_file("fx.toml", "[stream]\nbackend = \"kafka\"\n[store]\nbackend = \"postgresql\"\n")?;
        jail.set_env("FX_MONITOR__STREAM__KAFKA__BROKERS", "[\"a:9092\", \"b:9092\"]");
        jail.set_env("FX_MONITOR__STORE__POSTGRESQL__PASSWORD_FILE", "password");
        jail.set_env("FX_MONITOR__STORE__POSTGRESQL__HOST", "127.0.0.1");
        jail.set_env("FX_MONITOR__STORE__POSTGRESQL__PORT", "5433");
        jail.set_env("FX_MONITOR__CACHE__REDIS__TLS__ENABLED", "true");
        jail.set_env("FX_MONITOR__CONSUMER__ROLES", "[\"cache\"]");
        let settings = Settings::load(Some("fx.toml".as_ref())).expect("right");
        assert_eq!(settings.stream.kafka.brokers, ["a:9092", "b:9092"]);
        let server = &settings.store.postgresql;
        assert_eq!(server.password.as_ref().map(fx_config::Secret::expose), Some("sesame"));
        assert_eq!(server.address(), "127.0.0.1:5433");
        assert!(settings.cache.redis.tls.enabled);
        assert_eq!(settings.consumer.roles, [fx_config::ConsumerRole::Cache]);
        jail.set_env("FX_MONITOR__STREAM__KAFKA__REPLICATION", "0");
        let errors = Settings::load(Some("fx.toml".as_ref())).expect_err("no copy");
        let variable = Origin::Environment("FX_MONITOR__STREAM__KAFKA__REPLICATION".to_owned());
        assert_eq!(errors.mistakes()[1].origin, variable, "{errors}");
        Ok(())
    });
}

#[test]
#[expect(clippy::result_large_err, reason = "figment's own error is that large")]
fn the_data_directory_follows_the_desktop_convention() {
    Jail::expect_with(|jail| {
        jail.set_env("XDG_DATA_HOME", "/data");
        assert_eq!(Settings::default().data_dir, std::path::Path::new("/data/fx-monitor"));
        jail.set_env("XDG_DATA_HOME", "");
        jail.set_env("HOME", "/home/fx");
        assert_eq!(Settings::default().data_dir, std::path::Path::new("/home/fx/.local/share/fx-monitor"));
        Ok(())
    });
}
