# The host that the container is: everything but Kibana, and one feed that is on the machine itself.
{
  credentials.exchangerate-api-v6 = "/etc/secrets/exchangerate-api-v6";
  settings = {
    currencies.tracked = ["EUR" "GBP" "JPY"];
    feeds = {
      order = ["exchangerate-api-v6"];
      interval = "1s";
      exchangerate-api-v6 = {
        url = "http://127.0.0.1:8099/latest";
        api_key_file = "$CREDENTIALS_DIRECTORY/exchangerate-api-v6";
      };
    };
    kibana.enabled = false;
  };
}
