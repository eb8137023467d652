//! The report of *Trouble signing in?* in words (B17). The names of fields and buttons are those of the pages.

use doorward_domain::catalogue::SayError;
use doorward_domain::how_to::{GuideWay, HowToStep, MailHolds};
use doorward_domain::report::{ReportedMail, ReportedSecondFactor, SignInReport};
use doorward_domain::time_zone::TimeZone;
use doorward_domain::words::{LanguageTag, Words};
use serde::Serialize;

use super::Texts;
use crate::plain::{one_line, short_name};

/// What the template sees of a report: sentences, in their order.
#[derive(Serialize)]
pub(super) struct ReportView {
    standing: &'static str,
    open: Vec<String>,
    second_factor: Option<String>,
    waits: Option<String>,
    mails: Vec<String>,
    next: Vec<String>,
}

impl Texts {
    /// Puts a report into words.
    pub(super) fn report(
        &self,
        language: &LanguageTag,
        zone: &TimeZone,
        workspace: &str,
        report: &SignInReport,
    ) -> Result<ReportView, SayError> {
        let say = |words: &Words| self.catalogue.say(language, words);
        let second_factor = match report.second_factor {
            ReportedSecondFactor::None => None,
            ReportedSecondFactor::On { backup_codes_left } => {
                Some(Words::key("report-second-factor-on").with("left", backup_codes_left))
            }
            ReportedSecondFactor::SetUp => Some(Words::key("report-second-factor-set-up").with("workspace", workspace)),
        };
        let waits = report
            .waits_until
            .map(|until| Ok::<_, SayError>(Words::key("report-waits").with("date", self.date(language, zone, until)?)))
            .transpose()?;
        let mails = report.mails.iter().map(|mail| self.reported_mail(language, zone, mail));
        let next = report.next.iter().map(|step| self.step(language, workspace, step));
        Ok(ReportView {
            standing: report.standing.as_str(),
            open: report
                .open
                .iter()
                .map(|way| say(&way_words(way)))
                .collect::<Result<_, _>>()?,
            second_factor: second_factor.as_ref().map(say).transpose()?,
            waits: waits.as_ref().map(say).transpose()?,
            mails: mails.collect::<Result<_, _>>()?,
            next: next.collect::<Result<_, _>>()?,
        })
    }

    fn reported_mail(&self, language: &LanguageTag, zone: &TimeZone, mail: &ReportedMail) -> Result<String, SayError> {
        let words = Words::key("report-mail")
            .with("date", self.date(language, zone, mail.at)?)
            .with("sort", mail.sort.as_str())
            .with("fate", mail.fate.as_str());
        self.catalogue.say(language, &words)
    }

    fn step(&self, language: &LanguageTag, workspace: &str, step: &HowToStep) -> Result<String, SayError> {
        let label = |label: &Words| self.catalogue.say(language, label);
        let words = match step {
            HowToStep::Open { place } => Words::key("how-to-open")
                .with("place", place.as_str())
                .with("workspace", workspace),
            HowToStep::Follow { label: shown } => Words::key("how-to-follow").with("label", label(shown)?),
            HowToStep::Press { label: shown } => Words::key("how-to-press").with("label", label(shown)?),
            HowToStep::Fill { label: shown, with } => Words::key("how-to-fill")
                .with("label", label(shown)?)
                .with("what", with.as_str()),
            HowToStep::ReadMail { holds: MailHolds::Code } => Words::key("how-to-read-code"),
            HowToStep::ReadMail { holds: MailHolds::Link } => Words::key("how-to-read-link"),
            HowToStep::AtProvider { provider } => {
                Words::key("how-to-at-provider").with("provider", short_name(provider))
            }
            HowToStep::AnswerDevice => Words::key("how-to-answer-device"),
            HowToStep::AtCompanySite => Words::key("how-to-at-company-site"),
        };
        self.catalogue.say(language, &words)
    }
}

fn way_words(way: &GuideWay) -> Words {
    match way {
        GuideWay::Provider { name, .. } => Words::key("sign-in-with").with("provider", one_line(name)),
        GuideWay::EmailCode => Words::key("method-email-code"),
        GuideWay::Passkey => Words::key("method-passkey"),
        GuideWay::HandOver => Words::key("method-hand-over"),
        GuideWay::Password | GuideWay::PortalLink | GuideWay::NewPassword | GuideWay::SignUp => {
            Words::key("method-password")
        }
    }
}
