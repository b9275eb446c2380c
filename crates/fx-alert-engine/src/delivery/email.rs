//! A mail, handed to the operator's mail server.

use std::time::Duration;

use fx_config::{DeliverySettings, SmtpSettings, SmtpTls};
use fx_domain::clock::Timestamp;
use fx_service::http::root_cause;
use lettre::address::Envelope;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::transport::smtp::{AsyncSmtpTransport, Error as SmtpError};
use lettre::{AsyncTransport, Tokio1Executor};
use uuid::Uuid;

use super::refusal::{Answer, Reason, Refusal, Then};
use super::sender::SenderError;

/// Answers that tell of who asks and how, not of the mail: the operator may put that right.
const OF_ACCESS: [u16; 4] = [530, 534, 535, 538];

/// Hands mail to one server.
pub(super) struct Mail {
    server: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    timeout: Duration,
}

/// What is sent.
pub(super) struct Letter<'a> {
    pub(super) id: Uuid,
    /// What it belongs to, so that mail programs show it together.
    pub(super) episode: Option<Uuid>,
    pub(super) to: &'a [String],
    pub(super) subject: String,
    pub(super) text: String,
}

impl Mail {
    /// `None` where no server is set.
    pub(super) fn try_new(settings: &DeliverySettings) -> Result<Option<Self>, SenderError> {
        let SmtpSettings { host: Some(host), from: Some(from), .. } = &settings.smtp else { return Ok(None) };
        let from = from.parse().map_err(|error| SenderError::From { from: from.clone(), error })?;
        let tls = tls(&settings.smtp, host).map_err(SenderError::Tls)?;
        let mut server = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host.as_str())
            .port(settings.smtp.port)
            .tls(tls)
            .timeout(Some(settings.timeout));
        if let (Some(user), Some(password)) = (&settings.smtp.user, &settings.smtp.password) {
            server = server.credentials(Credentials::new(user.clone(), password.expose().to_owned()));
        }
        Ok(Some(Self { server: server.build(), from, timeout: settings.timeout }))
    }

    /// To each recipient by itself, so that one who is refused keeps no other from having it.
    pub(super) async fn send(&self, letter: &Letter<'_>, now: Timestamp) -> Answer {
        let mail = self.mail(letter, now).map_err(|error| unusable(error.to_string()))?;
        let (mut taken, mut never) = (None, None);
        for to in letter.to {
            match self.hand_over(to, &mail).await {
                Ok(code) => taken = code,
                Err(refusal) if refusal.then == Then::GiveUp => {
                    tracing::warn!(delivery = %letter.id, error = refusal.error, "a recipient is refused for good");
                    never = Some(refusal);
                }
                Err(refusal) => return Err(refusal),
            }
        }
        match (taken, never) {
            (None, Some(refusal)) => Err(refusal),
            (taken, _) => Ok(taken),
        }
    }

    fn mail(&self, letter: &Letter<'_>, now: Timestamp) -> Result<Vec<u8>, Box<dyn std::error::Error + Send + Sync>> {
        let domain = self.from.email.domain();
        let mut mail = Message::builder()
            .from(self.from.clone())
            .subject(letter.subject.as_str())
            .date(now.into())
            .message_id(Some(format!("<{}@{domain}>", letter.id)))
            .header(ContentType::TEXT_PLAIN);
        for to in letter.to {
            mail = mail.to(to.parse()?);
        }
        if let Some(episode) = letter.episode {
            mail = mail.references(format!("<{episode}@{domain}>"));
        }
        let mut mail = mail.body(letter.text.clone())?;
        let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
        mail.headers_mut().insert_raw(HeaderValue::new(automatic, "auto-generated".to_owned()));
        Ok(mail.formatted())
    }

    async fn hand_over(&self, to: &str, mail: &[u8]) -> Answer {
        let to: Mailbox = to.parse().map_err(|error| unusable(format!("{to:?} is no address: {error}")))?;
        let envelope = Envelope::new(Some(self.from.email.clone()), vec![to.email.clone()]);
        let envelope = envelope.map_err(|error| unusable(error.to_string()))?;
        match self.server.send_raw(&envelope, mail).await {
            Ok(answer) => Ok(answer.code().to_string().parse().ok()),
            Err(error) => Err(self.refusal(&to, &error)),
        }
    }

    fn refusal(&self, to: &Mailbox, error: &SmtpError) -> Refusal {
        if error.is_timeout() {
            return Refusal::no_answer(self.timeout);
        }
        let code: Option<u16> = error.status().and_then(|code| code.to_string().parse().ok());
        let is_for_good = error.is_permanent() && !code.is_some_and(|code| OF_ACCESS.contains(&code));
        let cause = root_cause(error);
        Refusal {
            reason: if code.is_some() { Reason::Refused } else { Reason::Unreachable },
            code,
            error: code.map_or_else(|| cause.clone(), |code| format!("{}: answered {code} {cause}", to.email)),
            then: if is_for_good { Then::GiveUp } else { Then::Again { after: None } },
        }
    }
}

fn unusable(error: String) -> Refusal {
    Refusal { reason: Reason::Unusable, code: None, error, then: Then::GiveUp }
}

fn tls(settings: &SmtpSettings, host: &str) -> Result<Tls, SmtpError> {
    if settings.tls == SmtpTls::None {
        return Ok(Tls::None);
    }
    let mut parameters = TlsParameters::builder(host.to_owned());
    if let Some(ca) = &settings.ca {
        parameters = parameters
            .certificate_store(CertificateStore::None)
            .add_root_certificate(Certificate::from_pem(ca.as_bytes())?);
    }
    let parameters = parameters.build_rustls()?;
    Ok(if settings.tls == SmtpTls::Implicit { Tls::Wrapper(parameters) } else { Tls::Required(parameters) })
}
