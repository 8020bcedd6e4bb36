# What the bot says. In plain words.
command-start = Menu
command-new = Write a message
command-tickets = My messages
command-initiatives = Initiatives and voting
command-find = Find an initiative
command-search = Search everything
command-notifications = What to tell me about
command-link = Link my account
command-unlink = Unlink my account
command-language = Language · Язык
command-cancel = Cancel what was begun
command-delete-my-data = Forget me
command-help = Help

button-new = ✍️ Write
button-tickets = 📂 My messages
button-initiatives = 🗳 Initiatives
button-notifications = 🔔 Notifications
button-language = 🌐 Language
button-help = ❓ Help
button-menu = ☰ Menu
button-back = ← Back
button-more = More →
button-first = ⇤ To the start
button-search = 🔎 Find
button-send = ✅ Send
button-topic = 🏷 Topic
button-place = 📍 Place
button-files = 📎 Files
button-discard = 🗑 Don't send
button-support-ticket = 🤝 Mine is the same as No. { $number }
button-support-initiative = 👍 Support “{ $title }”
button-add = ➕ Add to it
button-withdraw = ↩️ Take back my vote
button-link = Yes, link it
button-no-link = No, don't
button-delete = Yes, forget me
button-keep = No, leave everything as it is

menu-head = Hello!
menu = Here you can write about what is wrong in the city or could be better, and get an answer.
    Just write a message: in words, with a photo, by voice. I'll show you everything before it is sent.
help-head = What I can do
help =
    • Write a message and I'll pass it to the experts. You may add photos, documents, a voice message, a place on the map.
    • The answer comes here. To add to a message, reply to mine about it.
    • If you edit a message that was sent, the experts see the new text.
    • You can vote on initiatives once your Telegram is linked to your account: /link

    /new — write
    /tickets — my messages
    /initiatives — initiatives, /find — search them
    /search — search everything
    /notifications — what to tell me about
    /link and /unlink — the account
    /language — language
    /cancel — cancel what was begun
    /delete_my_data — forget me
unknown-command = I don't know this command. All of them: /help
old-button = This button no longer works. Open what you need again: /start
kept-aside = I could not handle this message. I passed it to the administrators; nothing is lost.
group = I answer in private, where only you see your message and the answer to it. Write to me: { $link }
cannot-read = I can't read this. Write in words, or send a photo, a document, a voice message or a place on the map.
nothing-visible = There is nothing to read in this message. Please write in words.
no-words = I see only symbols. Please write in words what happened and where.

write = Write what happened and where. You may attach photos, documents, a voice message or a place on the map. Changed your mind? /cancel
draft-head = Check and send
draft-files = { $count ->
    [one] 📎 { $count } file
   *[other] 📎 { $count } files
}
draft-topic = 🏷 { $name }
draft-place = 📍 { $name }
draft-similar = There is something like it already:
draft-sent = Sent ↓
draft-gone = This message is no longer here: it was sent or cancelled.
discarded = All right, nothing was sent.
similar-initiative = Initiative: { $title }
how-to-attach = Send photos, documents, a voice message or a place on the map here: all of it goes into this message. More words too.
choose-topic = What is it about?
choose-place = Where is it? You can also just send a place on the map.
note-hidden = ⚠️ The text had invisible characters. The experts will see it without them.
draft-full = That is more than one message can hold: I did not add this. Send what you began, then send this again.
note-long = ⚠️ The text is very long: the whole of it will be attached as a file.
note-too-many = ⚠️ A message can have { $files } files at most. Send the others separately.
note-too-large = ⚠️ One of the files is larger than { $mebibytes } MB; I can't pass such files on.
forwarded = [Forwarded]
forwarded-from = [Forwarded from: { $name }]
at-place = Place: { $place } { $map }

received = Received. Number: { $number }
received-joined = Received and joined with the similar one. The number of yours: { $number }
received-more = The answer will come here. To add something, reply to this message.
added = Added to No. { $number }
edited = The new text was passed on. No. { $number }
date = { $day } { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
} { $year }
date-time = { $date }, { $time }
deadline = To be answered by { $date }
ticket-link = You can also follow it here: { $link }
file-too-large = { $name }: larger than { $mebibytes } MB, not passed on
file-lost = { $name }: Telegram no longer gives this file out
refused-executable = such files are dangerous, we don't take them
refused-too-large = the file is too large
refused-too-many = too many files
refused-empty = the file is empty
refused-infected = a virus was found in the file
refused-other = the file was not taken

no-tickets = No messages yet.
tickets-head = My messages
tickets-count = { $count ->
    [one] { $count } message in all
   *[other] { $count } messages in all
}
ticket-head = Message No. { $number }
ticket-state = Now: { $state }
ticket-answer = Answer:
ticket-rated = Your rating: { $rating } of 5
ticket-gone = This message can't be seen any more.
write-more = Write what to add to No. { $number }. Changed your mind? /cancel
ask-rating = Did the answer help? Rate it from 1 to 5:
rated = Thank you! Your rating: { $rating } of 5
reply-hint = To write more, reply to this message.
state-new = received
state-triaged = with the experts
state-in-progress = being worked on
state-answered = answered
state-closed = closed
state-merged = joined with another
state-rejected = rejected
state-reopened = open again

initiatives-head = Initiatives
initiatives-count = { $count ->
    [one] { $count } initiative is being voted on
   *[other] { $count } initiatives are being voted on
}
no-initiatives = Nothing is being voted on now.
nothing-found = Nothing was found for “{ $words }”.
found = Found for “{ $words }”: { $count }
ask-search = What words should I look for?
search-head = Search
ask-words = What should I search for?
search-all = All that was found: { $link }
initiative-gone = This initiative can't be seen any more.
voting-ends = Voting until { $date }
tally-support = 👍 { $count } of { $needed }
tally-all = Votes: { $count }
my-vote = Your vote: { $options }
option-support = 👍 Support
option-for = For
option-against = Against
option-abstain = Abstain
choose-more = Mark at least { $count }
vote-cast = Your vote is counted
vote-withdrawn = Your vote is taken back
vote-needs-link = You can vote once your Telegram is linked to your account: one vote for each person.
vote-state-draft = Draft
vote-state-in-review = In review
vote-state-returned = Returned to its author
vote-state-voting = Being voted on
vote-state-accepted = Supported
vote-state-not-supported = Not enough votes
vote-state-in-implementation = Being done
vote-state-implemented = Done
vote-state-rejected = Rejected
vote-state-withdrawn = Withdrawn by its author

cancelled = All right, cancelled.
nothing-to-cancel = There is nothing to cancel.
linked = Done: Telegram is linked to the account “{ $name }”. You can vote and get notifications here now. To unlink: /unlink
ask-link = Link this chat to an account on the site? The link must be one that you got yourself.
link-declined = All right, nothing was linked.
unlink-first = This chat is linked to the account “{ $name }” already. To link it to another one, first unlink it: /unlink
link-again = Get a new link on your own page of the site, under “Telegram”.
already-linked = Telegram is linked to the account “{ $name }”. To unlink: /unlink
how-to-link = Without an account you can write messages, get answers and read initiatives here. With one you can also vote and get notifications. Log in on the site, open your own page and choose “Link” under “Telegram”: the link brings you back here.
no-longer-linked = This chat is no longer linked to an account: it was unlinked, or the account was closed. To link it again: /link
not-linked = Telegram is not linked to an account. How to link it: /link
unlinked = Done, the account is unlinked. Answers to what you wrote here will come as before.
ask-language = На каком языке говорить? · Which language?
language-set = All right, English it is.
notifications-head = What to tell you about
notifications = Tap to switch on or off.
notifications-need-link = Answers to your messages always come here. Other notifications are for those who linked Telegram to an account: /link
delete-head = Forget you?
delete = We'll erase your name and Telegram address and unlink the account. What you wrote stays without a name, and answers to it will no longer come here. This can't be undone.
kept = All right, nothing was erased.
deleted = { $count ->
    [0] Done: we no longer know who you are.
    [one] Done: we no longer know who you are. { $count } message stays without a name.
   *[other] Done: we no longer know who you are. { $count } messages stay without a name.
}

kind-cluster-burst = Many messages about one matter
kind-comment-added = New comments
kind-initiative-accepted = Initiative supported
kind-initiative-answered = Official answer
kind-initiative-coauthors-invited = Invitation as a co-author
kind-initiative-implemented = Initiative done
kind-initiative-in-implementation = Initiative being done
kind-initiative-milestone-done = Step of a plan done
kind-initiative-not-supported = Not enough votes
kind-initiative-published = New vote
kind-initiative-rejected = Initiative rejected
kind-initiative-returned = Initiative returned
kind-initiative-submitted = Initiative in review
kind-initiative-withdrawn = Initiative withdrawn
kind-mentioned = You were mentioned
kind-ticket-answered = Message answered
kind-ticket-created = Message received
kind-ticket-danger = Danger in a message
kind-ticket-merged = Message joined
kind-ticket-rejected = Message rejected
kind-ticket-reopened = Message open again
kind-ticket-routed = Message for your group
