## Refusals. A key that ends in a field's name is more particular than the plain one; `-general` is for no field at all.

error-required = Please fill in “{ $field }”.
error-required-general = Please fill in the required field.
error-too-short =
    “{ $field }” is too short. It needs at least { $min ->
        [one] { $min } character
       *[other] { $min } characters
    }; it has { $actual } now.
error-too-short-general = The text is too short, please write more.
error-too-long =
    “{ $field }” is too long. It may have at most { $max ->
        [one] { $max } character
       *[other] { $max } characters
    }; it has { $actual } now.
error-too-long-general = The text is too long, please shorten it.
error-too-long-file = The file is too big. It may have at most { $max } bytes; this one has { $actual }.
error-wrong-count =
    “{ $field }”: { $max ->
        [0] nothing is needed here, please leave the list empty.
       *[other] there may be { $min } to { $max } of them, please change how many you give.
    }
error-wrong-count-general = There are too few or too many of them, please change how many you give.
error-wrong-count-words = From { $min } to { $max } different words or expressions are needed; forms of one word count as one.
error-wrong-count-passages = Please tick or write what to hide, from { $min } to { $max } parts at once.
error-wrong-count-initiativeId =
    You already have { $max ->
        [one] { $max } initiative
       *[other] { $max } initiatives
    } under review or in voting, which is the limit. Wait until one of them is decided, or withdraw it.
error-invalid-characters = “{ $field }” has characters that are not allowed (control characters or changes of writing direction). Please remove them.
error-invalid-characters-general = The text has characters that are not allowed (control characters or changes of writing direction). Please remove them.
error-invalid-format = “{ $field }” cannot be understood. Please write it like this: { $example }.
error-invalid-format-general = The value cannot be understood. Please check how it is written.
error-invalid-format-words = “{ $word }” does not fit. One word is needed, or an expression of two or three, without words such as “the” or “house”, which the search passes over.
error-out-of-range = “{ $field }” should be from { $min } to { $max }.
error-out-of-range-general = The value is outside its range, please change it.
error-out-of-range-parentId = The thread is too deep: it has at most { $max } levels. Please answer a comment further up.
error-invalid-id = “{ $field }” is not a fitting identifier. It needs one of { $example }, as given by the service.
error-invalid-id-general = This is not a fitting identifier. Please use one given by the service.
error-not-found = “{ $field }”: nothing was found. Please check it; it may have been removed or be hidden from you.
error-not-found-articleId = No message of a citizen was found here. Answers and notes have nothing to hide. Please reload the page and choose a citizen's message.
error-not-found-passages = Part no. { $place } does not stand in the message. Please copy it from there, letter by letter.
error-not-found-general = Nothing was found. Please check the address; it may have been removed or be hidden from you.
error-wrong-state = “{ $field }”: this is not possible now. Its state: { state-name }. Please reload and see what is possible.
error-wrong-state-articleId = Nothing is hidden in this message. Please reload the page to see how it stands now.
error-wrong-state-general = This is not possible now. Please reload and see what is possible.
error-already-exists = “{ $field }”: there is one like it already. Please choose another or use the one there is.
error-already-exists-general = There is one like it already; a second is not needed.
error-already-exists-words = “{ $word }” is in another group already: { $group }. Add the words there, or take it out of there.
error-not-allowed = “{ $field }”: you have no permission for this. Please choose another or ask an administrator.
error-not-allowed-general = You have no permission for this. Please ask an administrator.
error-wrong-credentials = The e-mail or the password is wrong. Please check “{ $field }” and the e-mail and try again.
error-wrong-credentials-general = The e-mail or the password is wrong. Please check both and try again.
error-wrong-credentials-current = The current password is wrong. Please check it and try again.
error-not-confirmed = “{ $field }”: the address has not been confirmed yet. Please open the link in the mail we sent you.
error-not-confirmed-general = Your e-mail address has not been confirmed yet. Please open the link in the mail we sent you.
error-invalid-token = “{ $field }”: the link or token does not work: it was used, is too old or was not copied in full. Please ask for a new one.
error-invalid-token-general = The link or token does not work: it was used, is too old or was not copied in full. Please ask for a new one.
error-voting-closed = “{ $field }”: voting is not open, so the ballot cannot change. The dates stand on the initiative's page.
error-voting-closed-general = Voting is not open, so the ballot cannot change. The dates stand on the initiative's page.
error-invalid-choice = “{ $field }”: this choice does not fit the ballot. Please choose among the options, each at most once.
error-invalid-choice-general = This choice does not fit the ballot. Please choose among the options.
error-too-late = “{ $field }”: the time for this change is over. If it matters, please write anew or add to it.
error-too-late-general = The time for this change is over. If it matters, please write anew or add to it.
error-conflict = “{ $field }”: it has changed meanwhile. Please reload and look at it again.
error-conflict-general = This has changed meanwhile. Please reload and look at it again.
error-conflict-proposalId = The clusters have changed since this was proposed, so it cannot be done any more. Nothing was changed. The next look at all clusters, at night or when you start one, will say what holds now.
error-invalid-code = The code does not work: it was used already or was not copied in full. Please make a new one on your page.
error-invalid-code-general = The code does not work: it was used already or was not copied in full. Please make a new one on your page.
error-expired = The code is too old: it works for 15 minutes. Please make a new one on your page.
error-expired-general = The code is too old: it works for 15 minutes. Please make a new one on your page.
error-dangerous-file = The file “{ $name }” is a program or holds macros, and such could do harm where they are opened. Please send it in another form, such as PDF or a picture.
error-dangerous-file-general = The file is a program or holds macros, and such could do harm where they are opened. Please send it in another form, such as PDF or a picture.
error-not-found-scan = The file is being checked for malware. Please try again in a minute.

# States of initiatives and of messages.
state-name =
    { $state ->
        [DRAFT] draft
        [IN_REVIEW] under review
        [RETURNED] returned to the author
        [REJECTED] rejected
        [VOTING] in voting
        [ACCEPTED] supported
        [NOT_SUPPORTED] not supported
        [IN_IMPLEMENTATION] being done
        [IMPLEMENTED] done
        [WITHDRAWN] withdrawn
        [NEW] new
        [TRIAGED] given to a group
        [IN_PROGRESS] in progress
        [ANSWERED] answered
        [CLOSED] closed
        [MERGED] joined with another
        [REOPENED] opened again
        [OPEN] open
        [DECIDED] decided
        [HIDDEN] hidden by a moderator
       *[other] another one
    }

## Refusals of the whole request

request-unauthenticated = Please log in to go on.
request-forbidden = You have no permission for this.
request-rate-limited =
    Too many requests. Please try again in { $seconds ->
        [one] { $seconds } second
       *[other] { $seconds } seconds
    }.
request-internal = Something broke on our side. Please try again later; if it does not help, tell us the code { $reference }.
request-too-complex = The request is too big. Ask for fewer fields, fewer entries a page or fewer levels.
request-bad-request = The request could not be understood: { $detail }
request-validation-unknown-field = There is no field “{ $path }” here. { $detail }
request-validation-unknown-argument = There is no argument “{ $path }” here. { $detail }
request-validation-missing-argument = The required “{ $path }” is missing. Please add { $expected }.
request-validation-wrong-type = The value of “{ $path }” does not fit. Please give { $expected }.
request-validation-unknown-enum-value = The value of “{ $path }” is not one of the list. Possible values: { $expected }.
request-validation-syntax = The request is not well written: { $detail }
request-validation-missing-variable = The variable “{ $path }” was not sent. Please add it to the request: { $expected }.
request-validation-other = The request is not well formed: { $detail }
request-validation-known = There are: { $names }.
type-int = a whole number from { $min } to { $max }
type-float = a number
type-string = a text in quotes
type-boolean = true or false
type-id = an identifier given by the service
type-date = a date like 2026-03-25
type-time = a time like 2026-03-25T10:15:00Z
type-enum = one of { $names }
type-list = a list with, at each place, { $of }
type-object = an object { $type }

## Fields

field-title = Title
field-goal = Goal
field-effect = Expected effect
field-resources = Resources needed
field-body = Text
field-reason = Reason
field-name = Name
field-current = Current password
field-email = E-mail
field-password = Password
field-bio = About yourself
field-locale = Language
field-token = Token of the link
field-scopes = What the token may do
field-token-id = Access token
field-service-account-id = Service account
field-account = Account
field-participant-id = Participant
field-participant-ids = Participants
field-roles = Roles
field-words = Words
field-synonyms-id = Group of words
field-role = Role
field-member = Belongs to it
field-initiative-id = Initiative
field-department-id = Department
field-service-id = Service
field-url = Address on the web
field-territory-id = Territory
field-topic-id = Topic
field-ballot-kind = Kind of ballot
field-options = Options
field-min-choices = Options to choose at least
field-max-choices = Options to choose at most
field-threshold = Threshold
field-quorum = Quorum
field-voting-days = Days of voting
field-attachment-ids = Files
field-attachments = Files
field-choices = Choice
field-verdict = Verdict
field-accepted = Will be done
field-milestones = Milestones
field-milestone-id = Milestone
field-due-on = Due date
field-note = Note
field-comment-id = Comment
field-parent-id = Comment you answer
field-side = Side
field-official = Official comment
field-value = Vote
field-subject-id = Subject
field-flag-id = Flag
field-ticket-id = Message
field-ticket-ids = Messages
field-cluster-id = Group of similar messages
field-cluster-ids = Groups of similar messages
field-group-id = Working group
field-assignee-id = Assignee
field-number = Number of the message
field-subject = Subject line
field-text = Text
field-sender = Sender
field-address = Address
field-channel = Channel
field-external-id = Channel's message number
field-conversation = Conversation
field-contact-id = Address on a channel
field-code = One-time code
field-references = Earlier messages of the thread
field-reply-token = Token of the address to answer to
field-quotation = Quotation
field-edits = Message that was changed
field-detail = Details
field-received = Messages taken in
field-ignored = Messages passed over
field-public = Seen by everybody
field-language = Language of the message
field-label = Label
field-state = State
field-states = States
field-rating = Rating of the answer
field-comment = Comment
field-feasibility = Feasibility
field-cost-low = Cost at least
field-cost-high = Cost at most
field-currency = Currency
field-opinion = Opinion
field-kind = Kind
field-enabled = Enabled
field-key = Short key
field-name-ru = Name in Russian
field-name-en = Name in English
field-description-ru = Description in Russian
field-description-en = Description in English
field-query = What to search for
field-filter = Filter
field-order = Order
field-action = Action
field-first = How many from the start
field-after = After which entry
field-last = How many from the end
field-before = Before which entry
field-file = File
field-file-name = File name
field-content = Content of the file
field-content-type = Kind of file
field-expires-in-days = Days until it ends
field-secret = Secret part of the link
field-target-id = What to join them with
field-source-ids = What to join
field-job-ids = Jobs
field-proposal-id = Proposed change
field-article-id = Message
field-passages = What to hide
field-theme-id = Section
field-id = Identifier
field-ids = List
field-from = First day
field-to = Last day
field-client-mutation-id = Client's mark

request-content-type = Please send requests with the header Content-Type: application/json.
request-body-too-large = The request is too large: at most { $max } bytes.
request-timeout = The request took longer than { $seconds } s and was stopped. Please ask for less at once.
request-use-post = Please send GraphQL requests with POST.
request-socket-protocol = Subscriptions need a WebSocket with the protocol graphql-transport-ws.

# Limits of a request
request-not-acceptable = The answer can be given as application/json, application/graphql-response+json or text/event-stream; please accept one of them.
request-batch = Please send one operation a request: lists of them are not taken.
request-fragment-cycle = The fragment “{ $path }” contains itself. Please take it out of itself.
request-foreign-origin = This page may not use the service. Its address has to be in the operator's list (http.cors_origins).
request-subscription-transport = Subscriptions come over WebSocket or as server-sent events (Accept: text/event-stream).
request-persisted-not-found = The query with this hash is not known. Please send it once with its text.
request-persisted-wrong-hash = The SHA-256 of the query is wrong or not of the expected form. Please send it as 64 hexadecimal digits, version 1.
request-too-many-sockets = Too many live connections at the moment. Please close some or try again in half a minute.
request-too-many-operations = Too many operations at once on this connection: at most { $max }. Please end some first.
request-limit-brackets = The request has { $actual } levels of brackets, at most { $max } are allowed. Please nest less.
request-limit-tokens = The request has { $actual } words and signs, at most { $max } are allowed. Please split it.
request-limit-json-depth = The JSON has { $actual } levels, at most { $max } are allowed. Please nest less.
request-limit-list = The list “{ $path }” has { $actual } entries, at most { $max } are allowed. Please send it in parts.
request-limit-values = The request has { $actual } values, at most { $max } are allowed. Please send them in parts.
request-limit-depth = The request has { $actual } levels of fields, at most { $max } are allowed. Please ask for less at once.
request-limit-fields = The request has { $actual } fields, fragments included, at most { $max } are allowed. Please split it.
request-limit-aliases = The request has { $actual } aliases, at most { $max } are allowed. Please split it.
request-limit-directives = The request has { $actual } directives, at most { $max } are allowed. Please leave some out.
request-limit-introspection = The request looks at the schema through { $actual } lists within lists, at most { $max } are allowed. Please read schema.graphql.
request-limit-cost = The request costs { $actual }, at most { $max } is allowed. Please ask for fewer entries a page or fewer fields.
request-idempotency-key = “{ $path }” is a key of 1 to 128 visible characters without spaces, without a login of at least 16. Please send another.
request-idempotency-key-reused = The key “{ $path }” was used for another request. Please make a new key for each new action.
request-already-done = This was done already, when it was sent the first time; its answer is no longer at hand. Please look at the present state.
request-idempotency-one-mutation = The key “{ $path }” stands for one mutation. Please send each in a request of its own.
