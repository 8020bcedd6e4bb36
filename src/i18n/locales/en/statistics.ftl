# Charts.
chart-empty = Nothing to show yet: a chart will be here as soon as there are first numbers.
chart-table = Numbers as a table
chart-when = When
chart-name = What
chart-number = How many
chart-csv = Download the numbers (CSV)
chart-day = { $year }-{ $month }-{ $day }
chart-moment = { $month }-{ $day } { $hour }:{ $minute }
chart-summary = { $name }: { $first } at first, { $last } at the end, { $most } at most ({ $day }).
chart-bars-summary = Most: { $name } — { $count } of { $total }.
chart-limit = { $count } needed.

# Statistics.
statistics-title = Statistics
statistics-intro = How many people write, vote and discuss, and how quickly they are answered. The numbers are counted from the records themselves, nothing is rounded.
statistics-note = Private reports count here but are not shown. The API gives the same numbers.
statistics-period = Over what time
statistics-period-month = 30 days
statistics-period-quarter = 90 days
statistics-period-year = A year
statistics-period-all = All the time
statistics-charts = Charts
statistics-tickets = Reports
statistics-answers = Answers
statistics-answered = Answered
statistics-overdue = Answer is overdue
statistics-median = Usually answered within
statistics-rating = Average rating of answers, of 5
statistics-percent = { $count } %
statistics-point = .
statistics-clusters = Matters that several people wrote about
statistics-initiatives = Initiatives
statistics-ballots = Ballots
statistics-comments = Comments
statistics-participants = New participants
statistics-hours = { $count ->
    [one] { $count } hour
   *[other] { $count } hours
}
statistics-days = { $count ->
    [one] { $count } day
   *[other] { $count } days
}
statistics-week = Week from
statistics-of-messages = Reports and answers by week
statistics-of-ballots = Ballots by week
statistics-of-proposals = Initiatives and comments by week
statistics-of-participants = New participants by week
statistics-of-initiative-states = Initiatives: where they stand
statistics-of-message-states = Reports: where they stand
statistics-of-channels = Where reports come from
statistics-of-groups = Reports by working group
statistics-of-topics = Reports by topic
statistics-of-territories = Reports by district
statistics-ticket-state-new = Not read yet
statistics-ticket-state-triaged = With the experts
statistics-ticket-state-in-progress = Being worked on
statistics-ticket-state-answered = Answered
statistics-ticket-state-closed = Closed
statistics-ticket-state-merged = Merged with others
statistics-ticket-state-rejected = Declined with a reason
statistics-ticket-state-reopened = Opened again
statistics-channel-web = Website
statistics-channel-email = E-mail
statistics-channel-telegram = Telegram
statistics-channel-phone = Telephone
statistics-channel-api = Other programs

# Departments.
departments-title = Departments
departments-crumbs = The way to this page
departments-intro = Who answers initiatives and does what people decided, and how well they do it.
departments-empty-title = No departments yet
departments-empty-body = Once they are added, this page shows who answers initiatives and how quickly.
departments-empty-add = Add a department
department-open = Initiatives at work
department-answered = Answers given
department-on-time = Answered in time
department-usually = Usually answered within
department-figures-note = Official answers to initiatives that won their vote are counted.
department-follow = Follow this department
department-unfollow = Stop following
department-propose = Propose an initiative
department-settings = Settings
department-officers = Who answers for it
department-officers-none = Nobody has been named yet.
department-services = Services
department-services-all = All { $count } services
department-initiatives = Initiatives
department-all = All
department-none-title = Nothing here yet
department-none-body = Make the first proposal: what should this department change?
flash-department-followed = Done: we will tell you when the department answers or something changes.
flash-department-unfollowed = Done: no more notifications about this department.

# Services of the city.
services-title = City services
services-intro = What you can get from the city: how, where and from whom.
services-search = What do you need?
services-of = Whose services
services-all = All
services-count = { $count ->
    [one] { $count } service
   *[other] { $count } services
}
services-empty-title = No services yet
services-empty-body = Once they are added, this page shows how to get what you need, and from whom. Until then write to us and we will help.
services-empty-add = Add a service
services-none-title = Nothing here yet
services-none-body = This department has no services yet. Look at all services, or write to us and we will help.
services-none-all = All services
services-ask = Write to us
service-department = Who gives it
service-where = On the web
service-get = Get this service
service-report = Report a problem
service-undescribed = There is no description yet. If you cannot find your way, write to us.
service-withdrawn = This service is withdrawn: only administrators see it.

# Help.
help-title = How everything works here
help-intro = In short: what you can do here, where your words go, and how to check what became of them.
help-ways = What you can do
help-way-propose = Propose
help-way-about-propose = Write what should change and why. After a review the initiative is put to a vote.
help-way-vote = Vote
help-way-about-vote = One person, one ballot. As long as voting is open, you may change it.
help-way-discuss = Discuss
help-way-about-discuss = Argue for or against, answer others, ask the author.
help-way-report = Report a problem
help-way-about-report = A pothole, darkness, a queue? Write, even without an account, and follow the answer by its number.
help-way-follow = Follow
help-way-about-follow = Follow an initiative, a report, a topic or a department: you are told of what changes.
help-way-check = Check
help-way-about-check = Who did what and when stands in the public log. It cannot be rewritten.
help-path = The way of an initiative
help-path-draft = Draft
help-path-about-draft = The author writes, invites co-authors and sends the initiative to review.
help-path-review = Review
help-path-about-review = The department or a moderator looks whether it can be put to a vote. If not, the author reads why.
help-path-voting = Voting
help-path-about-voting = People vote and discuss. The threshold and the last day are known beforehand and do not change.
help-path-answer = Answer
help-path-about-answer = If there were enough votes, the department answers and names milestones and dates.
help-path-done = Work
help-path-about-done = Each milestone is marked on the initiative's page, to the very end.
help-questions = Questions and answers
help-more = More
help-contents = Contents
help-query = A query for the API
help-try = Try this query
help-ask = No answer here, or you saw a mistake? Write to us:
help-question-account = Do I need an account?
help-question-account-body = Everybody can read without one, and report a problem too. To propose, vote and discuss, register and confirm your e-mail address with the link in the mail.
help-question-anonymous = Will people see my name?
help-question-anonymous-body =
    Initiatives and comments carry the name you gave when you registered. How you voted is seen by nobody.

    You can make a report private: then only you and those who answer it read it.
help-question-answer = When will I get an answer?
help-question-answer-body = To a report within { $answer } days; the date stands on its page. When the date has passed, everybody sees that too. Not content with the answer? Write again within { $reopen } days and the report is opened again.
help-question-lost = I lost the number of my report
help-question-lost-body = If you are logged in, all your reports stand on your page. If you wrote without an account, number and link are in the mail you got in reply. Without the link we cannot show your correspondence to a stranger, and that is a good thing.
help-question-rejected = My initiative was returned or rejected. Why?
help-question-rejected-body = The reason stands on the initiative's page. A returned one can be mended and sent again. Rejecting takes an explanation, and everybody sees it.
help-question-threshold = How many votes are needed?
help-question-threshold-body = The threshold stands on each initiative's page. Where the author named no other number, { $threshold } votes within { $voting } days.
help-question-change = Can I change what I wrote?
help-question-change-body =
    - A ballot: as long as voting is open.
    - A comment: for { $edit } minutes; the former text stays visible.
    - An initiative: while it is a draft or returned to you; former versions stay visible.
help-question-wrong = Somebody is rude or writes what is not true
help-question-wrong-body = Press “Flag” beside the text. A moderator looks at it and hides it where needed, and everybody sees the reason.

help-votes-title = How votes are counted
help-votes-intro = The rules are the same for all initiatives and stand in a program that everybody can read. Here they are in plain words.
help-votes-who = Who votes
help-votes-who-body =
    Everybody who has an account with a confirmed e-mail address. One person has one ballot on an initiative: the database itself sees to it, there is no second ballot in it.

    An account is an e-mail address. We do not ask for passports, so this is a vote on initiatives and not an election.
help-votes-kinds = Kinds of votes
help-votes-kinds-body =
    - Support: signatures are gathered.
    - For, against, abstain: one of the three.
    - One option: one of the author's options.
    - Several options: from so many to so many of them; how many stands beside the vote.
help-votes-outcome = When an initiative has won
help-votes-outcome-body =
    Each initiative has a threshold, and some have a quorum: how many people must vote for the vote to count at all. Those who abstain count for the quorum.

    - Support: as soon as the threshold (and the quorum, if there is one) is reached, before the last day too.
    - For, against, abstain: after the last day, if more are for than against, and those for reach the threshold.
    - One or several options: after the last day, if the first option reaches the threshold and shares the first place with no other. A tie makes nobody the winner.

    Threshold, quorum, options and the last day cannot be changed once voting has begun.
help-votes-change = May I change my mind
help-votes-change-body = Yes, as often as you like while voting is open: a ballot is changed or taken back, and only the last one counts. Time is that of the database, one clock for all. A ballot that comes after the end is not taken, even if the page was opened before.
help-votes-count = How a ballot gets into the count
help-votes-count-body =
    Ballots that arrive together are written together, in one go: that is faster when thousands vote. Each is checked on its own all the same.

    You see “your vote is counted” only after it has been stored for good. The count moves in the same go as the ballot, so they cannot part. If the connection broke, press again without fear: a ballot is never counted twice.
help-votes-secret = What everybody sees, and what nobody sees
help-votes-secret-body =
    Everybody sees the count, its course by the hour, the threshold, the dates, and each change of the initiative's state with its date.

    Nobody, administrators included, sees here who voted and for what. The log has a line about your ballot, but only you see it, and your choice is not in it.
help-votes-verify = How to check the outcome
help-votes-verify-body =
    - Watch the count while people vote: the page shows it at once, and its course by the hour stays for good.
    - Compare the outcome with the rules above: threshold, quorum and count stand side by side.
    - See in the log when voting began and how it ended.
    - Make sure that your own ballot is recorded as you cast it: it stands on your page.

    The API gives all this too, without an account. The version of the count grows with every change, so a gap would show:
help-votes-limits = What we do not promise
help-votes-limits-body =
    Nobody outside can recount the ballots: for that we would have to show who voted how. Whoever reads the database itself can join ballot and voter; there you have to trust those who run the service.

    When very few people vote, a change of the count lets one guess what the last voter chose. And one person can have several e-mail addresses.

help-privacy-title = What we know about you
help-privacy-intro = What is kept, who sees it, and for how long. No small print.
help-privacy-account = Your account
help-privacy-account-body =
    - Your name and a few words about yourself: everybody sees them.
    - Your e-mail address: kept sealed, with the key apart from the database. Other participants do not see it, nor do administrators on their pages.
    - Your password: we do not have it, only a fingerprint (Argon2id) from which it cannot be recovered.
    - Sessions and access keys: only fingerprints too.
help-privacy-public = What everybody sees
help-privacy-public-body = Published initiatives, comments, public reports, official answers and the log of what was done. They carry the name of the account. A telephone number or somebody’s name in a public report can be hidden by the working group: then only the author and the group read it. Who opened an initiative or a report is not recorded.
help-privacy-hidden = What others do not see
help-privacy-hidden-body =
    - How you voted, and whether you voted at all.
    - Private reports: you read them and those who answer them.
    - Drafts: you see them and the co-authors you invited.
    - Your notifications and what you follow.
help-privacy-messages = If you write without an account
help-privacy-messages-body =
    You need not give a name or an address. If you do, they are kept sealed and serve for the answer only. With the number and the secret link anybody opens the correspondence, so keep the link to yourself.

    The text itself is not sealed: it is read, searched and compared with similar ones. Do not put into it what nobody should know.
help-privacy-machines = What the program does
help-privacy-machines-body = The program finds out the language, finds similar reports and suggests a group to give them to. All of that happens on our own computers; the texts go nowhere. People decide and answer.
help-privacy-browser = In your browser
help-privacy-browser-body =
    Only what is needed: the mark of your session, the protection of forms, how you like to read, and your time zone. There are no counters, no advertisements, no pictures or fonts from elsewhere: the pages talk to no other site.

    The server's logs hold neither your data nor what you wrote.
help-privacy-time = For how long
help-privacy-time-body =
    - A session: 30 days, then you log in again.
    - The link of a mail: up to 3 days; the one for another password: an hour.
    - Answers in case you pressed twice: a day.
    - Reports, initiatives, comments and the log stay: trust rests on them.
help-privacy-limits = What is missing yet
help-privacy-limits-body = A button that deletes an account, and a second step when logging in. Files are not scanned for viruses, so they can only be downloaded. If something has to be mended or hidden, write to us.

help-accessibility-title = Accessibility
help-accessibility-intro = Everybody needs this service, so the pages are made for everybody to use. We follow WCAG 2.2, level AA.
help-accessibility-what = What is done
help-accessibility-what-body =
    - Headings, labels, tables and regions are marked for screen readers.
    - Every picture and chart has its words, and a chart its table as well.
    - Colour never speaks alone: there is always a text, a dash or a sign beside it.
    - Contrast is checked in light and dark.
    - Pages fit a narrow screen and can be enlarged twice.
    - What is wrong in a form is said in words beside its field, and nothing typed is lost.
help-accessibility-settings = Make it yours
help-accessibility-settings-body = Language, light or dark colours, large text, high contrast and time zone. No account is needed for it.
help-accessibility-keys = Without a mouse
help-accessibility-keys-body = Everything can be reached from the keyboard: Tab and Shift + Tab go between links and fields, Enter and Space press. The first link of every page leads straight to its content. Where you are is always outlined.
help-accessibility-script = Without JavaScript and on old devices
help-accessibility-script-body = The pages work without JavaScript: they do not refresh themselves, but everything can be read and sent. They are light, so they open quickly on a weak connection too.
help-accessibility-limits = What is still wrong
help-accessibility-limits-body = Files and photographs that people attach may come without a description. If something stands in your way, write to us: we will answer and mend it.
