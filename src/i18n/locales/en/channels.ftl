# Channels: one's own addresses, where a message came from and whether the answer arrived, bots.
settings-channels = Channels
channels-body = Write to us where it suits you: the answer comes to the same place.
channels-alerts = What to hear of, and where
channels-none-title = Telegram is not linked yet
channels-none-body = Link it to write, vote and get answers right in the chat. It takes a minute.
channels-linked = Your addresses
channels-since = linked
channels-remove = Unlink
channels-remove-hint = If you unlink one, earlier reports stay yours, but new messages from there are no longer in your name.
flash-contact-removed = Done, the address is unlinked.
channels-link-make = Link Telegram
channels-link-another = Link another Telegram
channels-link-title = Now open Telegram
channels-link-until = Valid until
channels-link-once = It works once.
channels-link-open = Open Telegram
channels-link-start = Press “Start” there, and the bot knows that it is you.
channels-link-phone = Telegram is on your phone?
channels-link-phone-hint = Point the phone's camera at the picture.
channels-qr = A QR code with the link to the bot. The button “Open Telegram” has the same link.
channels-link-hand = Or write to the bot yourself
channels-link-send-to = Send this message to the bot { $bot }
channels-link-send = Send this message to the bot
channels-link-no-bot = The bot is not reachable just now, so there is no link. No harm done: try again a little later. If you know the bot already, send it the code once it answers.
channels-link-secret = Show the link and the code to nobody: whoever opens them can act in your name.
channels-link-done = Done, show my addresses
channels-telegram-may = What you can do in Telegram
channels-may-write = Report problems in your own name and answer the experts.
channels-may-read = See your reports and what became of them.
channels-may-vote = Read initiatives and vote.
channels-may-hear = Get the notifications that you chose.
channels-may-not = Password, e-mail and name cannot be changed from there, only here.
channels-mail = E-mail
channels-mail-body = Mails to us from this address become reports of yours, and the answer comes into the same conversation. You can simply reply to it.
channels-mail-inbox = Where to write:
channels-mail-unconfirmed = the address is not confirmed yet, so mails from it do not count as yours.
channels-mail-confirm = Confirm it
channels-mail-none = The account has no e-mail address.
alerts-unlinked = Telegram is not linked yet, so nothing goes there.
alerts-link = Link it

message-edited = reworded by its author
message-quotation = Quoted from earlier messages
message-flag-sender-unverified = Nothing proves that this mail was sent from its address. Tell nothing personal before you are sure who writes.
message-flag-forged-token = The mail carries a wrong code: perhaps somebody tried to get into another person's conversation. We did not believe it.
message-flag-hidden-characters = The text had invisible characters that can change what it seems to say. We took them out.
message-flag-no-words = There are no words in the message.
message-flag-truncated = The message is very long and was cut here. The file message.txt has all of it.
message-quarantined = A virus was found in this file, so it cannot be opened.
message-pending = The file is being checked for viruses. Look again in a minute.
message-refused-file = The file “{ $name }” was not kept:
message-refused-executable = it is a program, and such files are dangerous.
message-refused-too-large = it is too large.
message-refused-too-many = there were too many files.
message-refused-empty = it is empty.
message-refused-infected = a virus was found in it.
delivery-by-in-app = on the site
delivery-by-email = mail
delivery-by-telegram = Telegram
delivery-sent-in-app = Shown among the notifications
delivery-sent-email = Sent by mail
delivery-sent-telegram = Sent to Telegram
delivery-waiting-in-app = The notification is about to appear
delivery-waiting-email = The mail waits to be sent
delivery-waiting-telegram = Waits to be sent to Telegram
delivery-failed-in-app = The notification could not be shown, but everything is here.
delivery-failed-email = The mail did not arrive: check the address, and whether the mailbox is full. Everything that we write is here too.
delivery-failed-telegram = The message did not arrive in Telegram: perhaps you stopped the bot. Everything that we write is here too.
delivery-failed-why = Not delivered ({ $channel }): { $error }
delivery-delayed-why = Not there yet ({ $channel }), still trying: { $error }
delivery-why-no-address = there is no address any more
delivery-why-no-reason = no reason was given
delivery-why-no-bot = the bot did not say what became of it
delivery-why-waited = it waited for too long
delivery-why-forgotten = they asked to be forgotten
delivery-why-refused = the mail server refused to take the mail, code { $code }

admin-channels = Channels
admin-channels-about = Mail and Telegram: how they fare, what did not arrive, what could not be read.
admin-channels-intro = Bots bring messages from mail and Telegram and carry the answers. This is how they fare.
admin-channels-bots = Bots
admin-channels-failed = Not delivered
admin-channels-unreadable = Not readable
admin-channels-waiting = Waiting to be sent
admin-channels-none-title = No bots yet
admin-channels-none-body = Connect a mailbox or a Telegram bot, and messages come in from there by themselves. How to do it is written below.
admin-channel = Channel
admin-channel-state-well = Works
admin-channel-state-failing = Fails
admin-channel-state-silent = Silent
admin-channel-do = What to do:
admin-channel-advice-silent = the bot gave no sign for more than five minutes. Check whether it runs and reaches the server.
admin-channel-advice-email = check the mail server's address, and the mailbox's name and password in the settings.
admin-channel-advice-telegram = check the bot's token in the settings, and the connection to Telegram.
admin-channel-heard = Last heard of
admin-channel-received = Taken in
admin-channel-ignored = From machines
admin-channel-since = Connected
admin-channels-how = How to connect mail and Telegram
admin-channels-how-mail = A mailbox
admin-channels-how-mail-1 = Open a mailbox that only the bot reads, and allow IMAP for it.
admin-channels-how-mail-2 = Put the server, and the mailbox's name and password, into the settings file under [[email.mailboxes]], and the address into mail.reply_to too.
admin-channels-how-mail-3 = Restart the service: the bot starts with it and appears on this page.
admin-channels-how-telegram = A Telegram bot
admin-channels-how-telegram-1 = Make a bot with @BotFather and copy its token.
admin-channels-how-telegram-2 = Put the token into the settings file: telegram.token.
admin-channels-how-telegram-3 = Restart the service: the bot starts with it and appears on this page.
admin-channels-how-more = More stands in the handbook under “Mail that comes in” and “A Telegram bot”:
admin-failed-intro = These notifications did not arrive. Whom they are for finds the answer on the site.
admin-failed-none-title = Everything was delivered
admin-failed-none-body = If something does not arrive, the reason stands here.
admin-failed-what = What
admin-failed-about = About
admin-failed-subject = open
admin-failed-why = Why
admin-failed-when = When
admin-failed-retry = Send the ticked ones again
admin-failed-retry-all = Send all on this page again
admin-none-ticked = Tick at least one line.
flash-deliveries-retried = They are being sent again. What does not arrive appears here once more.
admin-unreadable-intro = The program could not read these messages. Look at them yourself: behind each there may be a person who waits for an answer.
admin-unreadable-all = Show those seen before too
admin-unreadable-fresh = Only new ones
admin-unreadable-none-title = Everything was read
admin-unreadable-none-body = A message that cannot be read is kept and appears here.
admin-unreadable-when = Received
admin-unreadable-raw = As it came
admin-unreadable-download = Download
admin-unreadable-seen = seen
admin-unreadable-careful = Open what you download with care, in a plain editor: anything may be in it.
admin-unreadable-mark = The ticked ones are seen
admin-unreadable-mark-all = All on this page are seen
flash-unreadable-seen = Marked as seen.
admin-bots-note = { $count ->
    [one] One bot is in trouble.
   *[other] { $count } bots are in trouble.
}
admin-bots-look = See what is wrong
admin-undelivered-note = { $count ->
    [one] One notification did not arrive.
   *[other] { $count } notifications did not arrive.
}
admin-undelivered-look = Look and send again
admin-unreadable-note = { $count ->
    [one] One message could not be read.
   *[other] { $count } messages could not be read.
}
admin-unreadable-look = Look

feedback-only-files = (Without words. Files: { $files }{ $more ->
        [0] {""}
       *[other] {" "}and { $more } more
    }.)
