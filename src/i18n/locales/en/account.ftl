# Accounts.
log-in-title = Log in
log-in-button = Log in
log-in-register = No account yet?
log-in-forgot = Forgot the password?
log-in-asked = You need to log in for this. Then you come back to where you were.
log-in-carried = Your session ended while you were writing. The text is safe: log in and send it.
log-in-demo = Try it as anybody
log-in-demo-body = This city is made up, so everybody may log in. All accounts have one password: { $password }
flash-logged-in = You are logged in.
flash-logged-out = You are logged out.
flash-confirmed = Your address is confirmed. Thank you! Now you can propose, vote and discuss.
flash-claimed = Done: you are the administrator and logged in.

account-role-citizen = Resident
account-role-expert = Specialist
account-role-moderator = Moderator
account-role-department-officer = Department officer
account-role-administrator = Administrator
account-role-service = Program

register-title = Make an account
register-body = With it you can propose, vote, discuss, and see all your reports together. It takes a minute.
register-name-hint = It stands beside your initiatives and comments.
register-email-hint = Nobody sees it. We send a link there.
register-button = Make it
register-known = Have an account?
registered-title = Look into your mailbox
registered-body = We sent a mail to the address that you gave.
registered-step-1 = You gave a name, an address and a password.
registered-step-2 = Open the link in the mail, so that we know the address is yours. It works for a day.
registered-step-3 = Then you can propose, vote and discuss. You can log in right now.
registered-none = No mail? Look into the spam folder. After you log in, the settings can send it again.

forgot-title = New password
forgot-body = Enter the address of your account. We send a link to set a new password.
forgot-button = Send the link
forgot-back = Remembered it? Log in
flash-reset-sent = If there is an account with the address { $value }, a mail with a link is on its way. The link works for an hour.
reset-title = Set a new password
reset-body = After that you have to log in again on all devices.
reset-button = Save the password
reset-again = Send the link once more
flash-password-reset = The new password is saved. Log in with it.

settings-title = Settings
settings-profile = Profile
settings-password = Password
settings-alerts = What to tell me
settings-tokens = Tokens
settings-display = Language and display
settings-bio = About you
settings-bio-hint = A few words if you like. Everybody sees them.
settings-locale = Language of mails
settings-locale-hint = The language of the pages is chosen under “Language and display”.
settings-locale-ru = Русский
settings-locale-en = English
settings-save = Save
settings-public = How others see me
settings-email = E-mail
settings-confirmed = the address is confirmed
settings-unconfirmed = the address is not confirmed yet. Open the link in the mail to propose, vote and discuss.
settings-resend = Send the mail again
settings-log-out = Log out
flash-profile-saved = Your profile is saved.
flash-confirmation-sent = The mail was sent. Open the link in it.
password-body = After that you have to log in again on your other devices.
password-current = Current password
password-new = New password
password-button = Change the password
flash-password-changed = The password is changed. Log in again on your other devices.

tokens-body = A token is for a program that acts for you. Most people need none.
tokens-secret = Your new token
tokens-secret-hint = Copy it now: we do not show it again. Whoever knows it can act for you.
tokens-new = New token
tokens-more = Make another
tokens-name = Name
tokens-name-hint = To know it later: “script at home”.
tokens-scopes = What it may do
tokens-until = Works until
tokens-forever = it is revoked
tokens-revoked = revoked
tokens-revoke = Revoke
tokens-days = Days it works
tokens-days-hint = Without a number it works until you revoke it.
tokens-create = Make it
token-scope-read = Read
token-scope-participate = Take part: propose, vote, write
token-scope-triage = Work on reports
token-scope-administer = Administer
token-scope-intake = Bring messages
token-scope-converse = Answer in chats
flash-own-token-revoked = The token is revoked and works no longer.

me-hello = Hello, { $name }!
me-awaits = What awaits me
me-votes = My votes
me-drafts = My initiatives
me-tickets = My reports
me-notifications = Notifications
me-work = Work
me-work-hand = { $count ->
    [one] { $count } report in your hands
   *[other] { $count } reports in your hands
}
me-work-flags = { $count ->
    [one] { $count } flag waits for a decision
   *[other] { $count } flags wait for a decision
}
me-work-review = { $count ->
    [one] { $count } initiative waits for review
   *[other] { $count } initiatives wait for review
}
me-work-accepted = { $count ->
    [one] { $count } supported initiative waits for an answer
   *[other] { $count } supported initiatives wait for an answer
}
me-answered = You were answered
me-answered-hint = Rate the answer: it shows whether it helps.
me-invited = You are asked to be a co-author
me-unfinished = To be finished
me-ending = Ending soon, without your vote
me-waiting = Waiting for an answer
me-running = Your initiatives now
me-news = News
me-nothing-title = Nothing awaits you
me-nothing-body = A good time to propose or report something.
me-votes-body = Only you see how you voted. As long as the voting runs, you can change your vote.
me-votes-yours = Your vote:
me-votes-empty-title = You have not voted yet
me-votes-empty-body = See what is being decided now.
me-tickets-empty-title = No reports yet
me-tickets-empty-body = If something is wrong in your yard, on the road or at school, tell us.
me-drafts-empty-title = Nothing here yet
me-drafts-empty-body = What would you change in the city? A draft is kept; you can send it later.
me-chip-drafts = Drafts
me-chip-running = Under way
me-chip-ended = Ended

notifications-unread = Unread
notifications-new = new
notifications-read = Mark as read
notifications-read-all = Mark all as read
notifications-settings = What to tell me, and where
notifications-empty-title = No news
notifications-empty-body = Follow an initiative or a report, and we tell you when something happens there.
flash-all-read = All notifications are marked as read.
alerts-body = Tick what we should tell you, and where.
alerts-kind = What
alerts-channel-in-app = On the site
alerts-channel-email = By mail
alerts-channel-telegram = In Telegram
flash-alerts-saved = Saved. This is how we tell you from now on.
alert-initiative-submitted = A new initiative waits for the department’s review
alert-initiative-returned = An initiative was returned to be changed
alert-initiative-rejected = An initiative was rejected
alert-initiative-published = Voting began
alert-initiative-accepted = An initiative found its support
alert-initiative-not-supported = An initiative did not find enough votes
alert-initiative-answered = An initiative was answered
alert-initiative-in-implementation = Work on an initiative began
alert-initiative-milestone-done = A milestone is done
alert-initiative-implemented = An initiative is done
alert-initiative-withdrawn = An initiative was withdrawn
alert-initiative-coauthors-invited = You are asked to be a co-author
alert-comment-added = A new comment
alert-mentioned = Somebody mentions you
alert-ticket-created = A report was received
alert-message-unreadable = A message could not be read
alert-ticket-answered = A report was answered
alert-ticket-rejected = A report was turned down
alert-ticket-merged = A report was merged into another
alert-ticket-reopened = A report was opened again
alert-ticket-routed = A report came to your group
alert-ticket-danger = A report tells of danger
alert-ticket-files-refused = Files of my message were not kept
alert-cluster-burst = A burst of reports about one matter

unsubscribe-title = No more mails of this kind?
unsubscribe-body = It is about mails of the kind “{ $kind }”. You will still see this news on the site.
unsubscribe-others = What we tell you, and where, you choose in the settings of notifications.
unsubscribe-button = Send me no more
unsubscribe-done-title = You will get no more mails of this kind
unsubscribe-done-body = We send you no more mails of the kind “{ $kind }”. You will still see this news on the site.

person-since = Here since
person-edit = Edit
person-initiatives = Initiatives
person-none = No initiatives yet.
person-gone = Participant
