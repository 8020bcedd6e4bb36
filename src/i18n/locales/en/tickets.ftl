# Tickets and search.
ticket-state-new = Received
ticket-state-triaged = With specialists
ticket-state-in-progress = Being worked on
ticket-state-answered = Answered
ticket-state-closed = Closed
ticket-state-merged = Merged
ticket-state-rejected = Turned down
ticket-state-reopened = Open again
ticket-overdue = Overdue
ticket-private = not shown to everybody

tickets-title = Reports
tickets-intro = What residents report and what they are answered. Here is only what its authors let everybody see.
tickets-intro-staff = What residents report and what they are answered. You also see reports that are not shown to everybody.
tickets-track = Find your report by its number
tickets-search = Words of the report
tickets-filter = What to show
tickets-list = Reports found
tickets-chip-all = All
tickets-chip-open = Waiting for an answer
tickets-chip-answered = Answered
tickets-chip-rejected = Turned down
tickets-chip-mine = Mine
tickets-count = { $count ->
    [one] { $count } report
   *[other] { $count } reports
}
tickets-none-title = Nothing found
tickets-none-body = Try other words or remove a filter.
tickets-empty-title = Quiet so far
tickets-empty-body = Something is not right? Tell us: it takes a minute.

report-title = Report a problem
report-intro = Say what happened. Your message goes to the specialists in charge, and you get an answer.
report-no-account = You need no account.
report-text = What happened
report-text-hint = What, where exactly and since when. Two or three sentences will do.
report-similar = It seems that others write about this already:
report-similar-hint = If it is the same, follow that report. If not, go on.
report-similar-none = No similar reports or initiatives: yours is the first.
opens-new-tab = (in a new tab)
report-look = Check whether others wrote about it
report-similar-initiative = initiative
report-where = Where
report-where-none = Do not say
report-topic = About what
report-topic-none = The service finds out
report-files = Photos and files
report-files-hint = { $count } at the most. A photo often says more than words.
report-files-again = Files, if there were any, have to be chosen once more.
report-files-kept = { $count ->
    [one] One file is attached already.
   *[other] { $count } files are attached already.
}
report-who = Where to answer
report-who-hint = You may leave this empty: you get a number and a code that show the answer.
report-public = Let everybody see the report
report-public-hint = Then your neighbours see it and need not write the same. Nobody sees your name or address.
report-button = Send
report-when = { $count ->
    [one] We answer within { $count } day.
   *[other] We answer within { $count } days.
}
report-track = Wrote to us before?

report-done-same = It seems that others wrote about this
report-done-same-hint = If it is the same thing, join them: your words are kept, and one answer goes to everybody. You may change your mind at any time.
report-done-join = It is the same — join
report-done-title = Thank you, we have your message
report-done-number = Number
report-done-code = Code
report-done-due = Answer by
report-done-seen = Seen by
report-done-public = everybody
report-done-private = only its author and specialists
report-done-keep = Keep the link, or the number and the code: only they show the answer. Do not give them to others.
report-done-link = Link to the report
report-done-open = Open the report
report-done-more = Report something else
report-done-next = What happens next
report-done-step-1 = We have your message. The service looks for the right working group.
report-done-step-2 = Specialists read it and take it up. The page of the report shows when.
report-done-step-3 = The answer stands on the page of the report
report-done-step-3-mail = The answer stands on the page of the report, and we send you a mail
report-done-by = by
report-done-step-4 = You rate the answer. If nothing was done, write again, and the report is opened again.
report-done-account = With an account all your reports are in one place.

track-title = Find a report
track-body = Enter the number and the code that you got when you sent it. They stand in our mails too, in the link to the report.
track-number = Number
track-number-hint = Such as 2026-048213.
track-code = Code
track-code-hint = Reports that everybody may see need no code.
track-button = Find
track-account = Wrote under your name?
track-wrong-number = A number looks like this: 2026-048213.
track-not-found = There is no report with this number and code. Please check both.

ticket-news = Something happened with this report.
ticket-news-link = Show it
ticket-stages = How the report moves on
ticket-stage-received = Received
ticket-stage-given = Given to a group
ticket-stage-work = Being worked on
ticket-stage-reopened = Open again
ticket-stage-answer = Answer
ticket-stage-rejected = Turned down
ticket-stage-merged = Merged
ticket-by = by
ticket-late = The answer was due
ticket-late-sorry = We are sorry for the delay: the report is not forgotten, and specialists see that it is overdue.
ticket-merged = Others wrote about the same, so the reports were merged. The answer comes here:
ticket-merged-private = Others wrote about the same, so the reports were merged. We tell you of the answer.
ticket-separate = It is something else: treat it separately
ticket-joined = Others who joined this report: { $count }.
ticket-decision = Decision
ticket-decision-accept = It will be done
ticket-decision-accept-in-part = Part of it will be done
ticket-decision-decline = It will not be done
ticket-decision-forward = Handed to a department
ticket-decision-answer = Explanation
ticket-talk = Messages
ticket-you = You
ticket-author = Author of the report
ticket-answer = Answer
ticket-note = Note for specialists
ticket-photo = Photo: { $name }
ticket-rate = Did the answer help?
ticket-rate-legend = Your rating
ticket-rate-5 = Yes, it is solved
ticket-rate-4 = Rather yes
ticket-rate-3 = In part
ticket-rate-2 = Rather not
ticket-rate-1 = No, nothing has changed
ticket-rate-comment = Why
ticket-rate-button = Rate
ticket-rated = Rating of the answer:
ticket-reply = Add something
ticket-reply-reopen = Not solved?
ticket-reply-reopen-hint = Say what is wrong, and the report is opened again.
ticket-reply-label = Your message
ticket-reply-button = Send
ticket-comments = { $count ->
    [0] Discussion
   *[other] Discussion ({ $count })
}
ticket-comment-label = What you know about it
ticket-comment-hint = Everybody sees your comment.
ticket-comment-button = Add
ticket-comment-more = Reply, vote
ticket-comment-official = Official
ticket-comment-hidden = Hidden by moderators:
ticket-comment-log-in = Log in to join the discussion
ticket-work = Work on the report
ticket-facts = In short
ticket-seen = Seen by
ticket-group = Group
ticket-territory = Where
ticket-topic = About what
ticket-answered = Answered
ticket-took = { $count ->
    [0] on the same day
    [one] in { $count } day
   *[other] in { $count } days
}
ticket-follow = Follow
ticket-unfollow = You follow it. Stop
ticket-history = History
ticket-secret = You opened the report by a personal link. Do not pass it on: it opens the report to anybody.
flash-ticket-replied = Your message was added to report no. { $value }. Specialists will see it.
flash-ticket-rated = Thank you! Your rating is noted.
flash-ticket-followed = You will hear when something happens with report no. { $value }.
flash-ticket-joined = You joined: the answer comes to you too.
flash-ticket-separated = The report is treated by itself again.
flash-ticket-unfollowed = You will hear no more of report no. { $value }.
flash-ticket-commented = Everybody can see your comment.

search-label = What to find
search-button = Search
search-hint = Initiatives, reports, comments, decisions, departments and services are searched, for words in any form and with typos. Put a phrase in quotes, and a minus before a word to leave it out.
search-found = What was found
search-count = { $count ->
    [one] { $count } found
   *[other] { $count } found
}
search-none-title = Nothing found
search-none-body = Try other words. Or perhaps you are the first to say it?
search-kind-initiative = Initiatives
search-kind-ticket = Reports
search-kind-cluster = Matters
search-kind-comment = Comments
search-kind-decision = Decisions
search-kind-department = Departments
search-kind-service = Services
search-one-initiative = Initiative
search-one-ticket = Report
search-one-cluster = Matter
search-one-comment = Comment
search-one-decision = Decision
search-one-department = Department
search-one-service = Service
search-kinds = What kind
search-topics = About
search-territories = Where
search-orders = Order
search-order-relevance = Best first
search-order-newest = Newest first
search-order-oldest = Oldest first
search-count-about = About { $count } found
search-layout = Nothing was found for what you typed. This is what was found for “{ $words }”: the keyboard seems to have been in another layout.
search-meant = This is what was found for “{ $words }”.
search-in-part = Nothing has all of the words. This is what has most of them.
search-plain = The search is being brought up to date: for now only words as they are can be found, and not everywhere. Look again in some minutes.
search-cluster-size = { $count ->
    [one] { $count } report
   *[other] { $count } reports
}

# Why two messages may be about the same incident.
likeness-same-house = the same house
likeness-beside-house = beside the same house
likeness-same-street = the same street
likeness-same-area = the same area or stop
likeness-other-house = another house
likeness-other-street = another street
likeness-other-area = another place
likeness-same-route = the same route or number
likeness-other-route = another route or number
likeness-same-plate = the same licence plate
likeness-other-plate = another licence plate
likeness-same-name = the same name
likeness-other-name = another name
likeness-other-number = another number
likeness-other-date = another day
likeness-nearly-same-words = { $percent }% of the words are the same
likeness-days-apart = { $count ->
    [0] on the same day
    [one] { $count } day apart
   *[other] { $count } days apart
}
