//! Carries what the platform has to say: answers as replies to the person's own message, news of what they follow.

use std::time::Duration;

use futures_util::{StreamExt, stream};
use tokio::{sync::watch, time::sleep};
use veche_client::{
    intake::Locale,
    outgoing::{NotificationChannel, OutgoingMessage},
};

use crate::{
    AT_ONCE, Bot,
    dialogue::Known,
    platform::Settled,
    stopped,
    talk::rating_keys,
    telegram::{Failure, Page},
    texts::{Language, say},
};

impl Bot {
    /// Carries messages until told to stop.
    pub(crate) async fn carry(&self, mut stop: watch::Receiver<bool>) {
        let mut failures = 0;
        let client = self.platform.client().clone();
        let mut news = match client.outgoing(NotificationChannel::Telegram).await {
            Ok(news) => news,
            Err(error) => {
                tracing::warn!(%error, "the platform's word will be asked for only");
                stream::pending().boxed()
            }
        };
        loop {
            let carried = self.carry_waiting(&stop).await;
            let pause = match carried {
                Ok(()) => {
                    failures = 0;
                    Duration::from_secs(self.settings.outgoing_seconds.max(1))
                }
                Err(error) => {
                    tracing::warn!(%error, "messages to carry could not be asked for");
                    failures += 1;
                    self.pause(failures)
                }
            };
            let word = async {
                // A broken connection is no word; until it stands again the pause counts.
                while let Some(Err(error)) = news.next().await {
                    tracing::debug!(%error, "no word from the platform");
                }
            };
            tokio::select! {
                () = stopped(&mut stop) => return,
                () = sleep(pause) => {}
                () = word, if failures == 0 => {}
            }
        }
    }

    async fn carry_waiting(&self, stop: &watch::Receiver<bool>) -> Result<(), veche_client::Error> {
        let mut stopping = stop.clone();
        loop {
            // What is claimed and not carried is handed out again. What is on its way is waited for: else it would be sent twice.
            let key = self.fresh_key();
            let messages = tokio::select! {
                biased;
                () = stopped(&mut stopping) => return Ok(()),
                claimed = self.platform.claim(&key) => claimed?,
            };
            if messages.is_empty() {
                return Ok(());
            }
            let carried = stream::iter(messages).for_each_concurrent(AT_ONCE, |message| async move {
                if !*stop.borrow() {
                    self.carry_one(&message).await;
                }
            });
            carried.await;
        }
    }

    async fn carry_one(&self, message: &OutgoingMessage) {
        let settled = match message.address.parse::<i64>() {
            Ok(chat) => self.bring(message, chat).await,
            Err(_) => Settled::Failed("the address is no chat".into()),
        };
        // Where this fails the message is claimed again, and known as carried.
        if let Err(error) = self.platform.settle(message, settled).await {
            tracing::warn!(%error, "what became of a message could not be said");
        }
    }

    async fn bring(&self, message: &OutgoingMessage, chat: i64) -> Settled {
        let _guard = self.lock(chat).await;
        let mut dialogue = match self.store.load(chat) {
            Ok(dialogue) => dialogue,
            Err(error) => return Settled::Retry(format!("the conversation's state: {error}"), None),
        };
        if let Some((_, known)) = dialogue.carried.iter().find(|(delivery, _)| delivery == message.id.inner()) {
            return Settled::Sent(format!("{chat}/{known}"));
        }
        // One page, one language: that of its words.
        let language = match message.locale {
            Locale::Ru => Language::Ru,
            Locale::En => Language::En,
        };
        let mut page = Page { head: message.title.clone(), body: message.body.trim().to_owned(), keys: Vec::new() };
        if !message.link.is_empty() {
            page.body.push_str("\n\n");
            page.body.push_str(&message.link);
        }
        if let Some(number) = &message.ticket_number {
            dialogue.know(Known {
                id: message.subject_id.inner().to_owned(),
                number: number.clone(),
                secret: message.secret.clone(),
                external: message.reply_to.clone(),
                token: message.reply_token.clone(),
            });
            let short = dialogue.refer(message.subject_id.inner());
            if message.rateable {
                page.body.push_str("\n\n");
                page.body.push_str(&say!(language, "ask-rating"));
                page.keys.push(rating_keys(short));
            }
            page.body.push('\n');
            page.body.push_str(&say!(language, "reply-hint"));
        }
        let reply_to = message.reply_to.as_deref().and_then(|external| {
            let (place, message) = external.split_once('/')?;
            (place == chat.to_string()).then(|| message.split('/').next()?.parse::<i64>().ok()).flatten()
        });
        let begun = dialogue.begun.iter().find(|(delivery, _)| delivery == message.id.inner());
        let mut messages = begun.map(|(_, messages)| messages.clone()).unwrap_or_default();
        let before = messages.len();
        let sent = match self.telegram.send_rest(chat, &page, reply_to, &mut messages).await {
            // The group goes on under another identifier.
            Err(Failure::Moved(other)) => self.telegram.send_rest(other, &page, None, &mut messages).await,
            sent => sent,
        };
        if sent.is_err() && messages.len() > before {
            // The next try goes on from here.
            dialogue.keep_begun(message.id.inner(), messages.clone());
            if let Err(error) = self.store.save(chat, &dialogue) {
                tracing::warn!(%error, "the conversation's state could not be kept");
            }
        }
        match sent {
            Ok(()) => {
                let last = messages.last().copied().unwrap_or_default();
                if message.ticket_number.is_some() {
                    dialogue.about(&messages, message.subject_id.inner());
                }
                dialogue.keep_carried(message.id.inner(), last);
                if let Err(error) = self.store.save(chat, &dialogue) {
                    tracing::warn!(%error, "the conversation's state could not be kept");
                }
                Settled::Sent(format!("{chat}/{last}"))
            }
            Err(Failure::Later { why, after }) => {
                Settled::Retry(why, after.map(|after| i32::try_from(after.as_secs()).unwrap_or(i32::MAX)))
            }
            Err(failure @ (Failure::Token | Failure::Conflict)) => Settled::Retry(failure.to_string(), None),
            Err(failure) => {
                if matches!(failure, Failure::Closed(_)) {
                    self.live.forget_chat(chat);
                }
                Settled::Failed(failure.to_string())
            }
        }
    }
}
