## Mails about the account

# The name is left out on purpose: anybody may have made it up, and the mail goes to an address of somebody else.
mail-confirmation-subject = Please confirm your e-mail address
mail-confirmation-body =
    Hello!

    This address was given to register with Veche. To confirm it, please open this link:

    { $link }

    The link works once, for { $hours ->
        [one] { $hours } hour
       *[other] { $hours } hours
    }.

    If it was not you, there is nothing to do: without confirmation the address will not be used.
mail-already-registered-subject = You already have an account
mail-already-registered-body =
    Hello, { $name }!

    Somebody, perhaps you, tried again to register with Veche with this address. You already have an account, and no new one was made. You can log in here:

    { $link }

    If it was not you, there is nothing to do.

mail-reset-subject = A new password
mail-reset-body =
    Hello!

    Somebody, perhaps you, asked for a new password for Veche. To choose one, please open this link:

    { $link }

    The link works once, for { $hours ->
        [one] { $hours } hour
       *[other] { $hours } hours
    }.

    If it was not you, there is nothing to do: your password stays as it is.

## Ends of mails

mail-link = Read more
mail-link-conversation = The whole conversation, and where to reply
mail-note-link = Please do not pass the link to the conversation on: it opens your message to anybody.
mail-note-answer = You can simply answer this mail: your answer will join the conversation.
mail-unsubscribe = No more mails of this kind

## Notifications

notify-initiative-submitted-subject = For review: “{ $title }”
notify-initiative-submitted-body =
    Your department received the initiative “{ $title }”. Its author: { $actor }.

    Please look at it: it can be put to a vote, returned to the author or rejected with an explanation.
notify-initiative-returned-subject = The initiative needs changes: “{ $title }”
notify-initiative-returned-body =
    The initiative “{ $title }” was returned for changes. This is what is asked for:

    { $reason }

    When it is ready, please submit it again.
notify-initiative-rejected-subject = The initiative was rejected: “{ $title }”
notify-initiative-rejected-body =
    The initiative “{ $title }” cannot be put to a vote. This is why:

    { $reason }
notify-initiative-published-subject = Voting has begun: “{ $title }”
notify-initiative-published-body =
    The initiative “{ $title }” was put to a vote. Tell those who may care about it.

    { $reason }
notify-initiative-accepted-subject = The initiative is supported: “{ $title }”
notify-initiative-accepted-body = The initiative “{ $title }” has the support it needs. Now the department will give its official answer.
notify-initiative-not-supported-subject = Voting is over: “{ $title }”
notify-initiative-not-supported-body = Voting on the initiative “{ $title }” is over. It did not get the support it needs. Thank you to everybody who took part.
notify-initiative-answered-subject = Official answer: “{ $title }”
notify-initiative-answered-body =
    The initiative “{ $title }” got an official answer:

    { $text }
notify-initiative-in-implementation-subject = Work has begun: “{ $title }”
notify-initiative-in-implementation-body = Work on the initiative “{ $title }” has begun. Its page shows the milestones and dates.
notify-initiative-milestone-done-subject = A milestone is done: “{ $title }”
notify-initiative-milestone-done-body =
    A milestone of the initiative “{ $title }” is done:

    { $text }
notify-initiative-implemented-subject = The initiative is done: “{ $title }”
notify-initiative-implemented-body =
    The initiative “{ $title }” is done.

    { $reason }
notify-initiative-withdrawn-subject = The initiative was withdrawn: “{ $title }”
notify-initiative-withdrawn-body =
    The initiative “{ $title }” was withdrawn by its author.

    { $reason }
notify-initiative-coauthors-invited-subject = An invitation to be a co-author: “{ $title }”
notify-initiative-coauthors-invited-body =
    { $actor } invites you to be a co-author of the initiative “{ $title }”.

    Please read it and sign it if you agree. If not, there is nothing to do.
notify-comment-added-subject = A new comment: “{ $title }”
notify-comment-added-body =
    { $actor } writes in the discussion of “{ $title }”:

    { $text }
notify-mentioned-subject = You were mentioned: “{ $title }”
notify-mentioned-body =
    { $actor } mentions you in the discussion of “{ $title }”:

    { $text }
notify-ticket-created-subject = We received your message, No. { $number }
notify-ticket-created-body =
    Hello!

    Your message was received; its number is { $number }. We will do our best to answer within { $days ->
        [one] { $days } day
       *[other] { $days } days
    }.

    You can follow it and add to it by the link below.
notify-files-refused = These files were not kept:
notify-files-more = and { $count ->
        [one] { $count } more file
       *[other] { $count } more files
    }
notify-file-unnamed = a file
notify-ticket-files-refused-subject = Files for message No. { $number }: not all could be kept
notify-ticket-files-refused-body =
    Hello!

    Your message for No. { $number } has arrived, but not all of its files.
notify-file-executable = { $name }: we take no programs and no files with macros
notify-file-too-large = { $name }: too large
notify-file-too-many = { $name }: too many files
notify-file-empty = { $name }: empty
notify-file-infected = { $name }: a virus was found in it
notify-ticket-answered-subject = An answer to message No. { $number }
notify-ticket-answered-body =
    Message No. { $number } “{ $title }” was answered:

    { $text }
notify-ticket-rejected-subject = Message No. { $number } was rejected
notify-ticket-rejected-body =
    Message No. { $number } “{ $title }” cannot be dealt with. This is why:

    { $reason }
notify-ticket-merged-subject = Message No. { $number } was joined with another
notify-ticket-merged-body = Message No. { $number } “{ $title }” was joined with message No. { $text }: they are about the same matter. They will be dealt with together, and we will tell you the answer.
notify-ticket-reopened-subject = Message No. { $number } is open again
notify-ticket-reopened-body =
    Message No. { $number } “{ $title }” is open again and will be looked at once more.

    { $reason }
notify-ticket-routed-subject = A new message for your group: No. { $number }
notify-ticket-routed-body = Message No. { $number } “{ $title }” was given to your working group.
notify-ticket-danger-subject = Danger: message No. { $number }
notify-ticket-danger-body =
    Message No. { $number } “{ $title }” tells of danger to life or health.

    Please look at it now.
notify-message-unreadable-subject = A message came that could not be read
notify-message-unreadable-body =
    It is kept as it came. Why it was not read: { $title }

    Please look at it, and answer the person yourself if it is a report.
notify-cluster-burst-subject = A burst of messages: “{ $title }”
notify-cluster-burst-body =
    People write about “{ $title }” far more than usual, messages in a day: { $text }.

    Please look what happened.
