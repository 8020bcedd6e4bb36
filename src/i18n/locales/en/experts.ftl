# The queue of tickets, clusters, complaints: pages of experts and moderators.
queue-title = Queue of reports
queue-tabs = Queues
queue-crumbs = Where you are
queue-beside = Reports beside this one
queue-mine = In my hands
queue-group-all = All groups
queue-group-desk = Triage desk
queue-words = Words in the text
queue-group = Working group
queue-state = State
queue-channel = Came by
queue-order = Order
queue-order-due = Most urgent first
queue-order-newest = Newest first
queue-filter = Show
queue-state-open = Waiting for an answer
queue-state-all = All states
queue-state-new = New
queue-state-triaged = In the queue
queue-state-in-progress = In progress
queue-state-reopened = Open again
queue-state-answered = Answered
queue-state-closed = Closed
queue-state-merged = Merged
queue-state-rejected = Rejected
queue-channel-any = Any way
queue-channel-web = web
queue-channel-email = e-mail
queue-channel-telegram = Telegram
queue-channel-phone = telephone
queue-channel-api = another program
queue-due = Answer
queue-overdue = Overdue: was due
queue-count = { $count ->
    [one] { $count } report
   *[other] { $count } reports
}
queue-mark = Mark report no. { $number }
queue-take = Take
queue-take-one = Take it
queue-route-to = Send to a group
queue-route = Send
queue-merge-marked = Merge into the first
queue-empty-title = Nobody is waiting here
queue-empty-body = Choose another queue or fewer conditions.
queue-none-marked = Mark at least one report.
queue-too-many = Mark 100 reports at the most.
queue-merge-two = To merge, mark two reports or more: the others become part of the first.
queue-choose-group = Choose the group to send them to.
queue-partly = { $count ->
    [one] Done for { $count } report. The others were refused:
   *[other] Done for { $count } reports. The others were refused:
}
queue-refused = No. { $number }: { $message }
queue-live-new = New reports:
queue-live-changed = The list has changed.
queue-live-ticket = The report changed while you were reading.
queue-live-show = Show
queue-live-failed = Not sent: there is no connection. What you wrote is safe, please try again.

queue-keys = Keys
queue-keys-body = The keyboard is faster. The keys work in the queue and on the page of a report, in every layout, while you are not in a field; the window that “?” opens turns them off.
queue-keys-on = Keys are on
queue-keys-close = Close
queue-key = Key
queue-key-does = What it does
queue-key-j = Next report, or proposed change
queue-key-k = Previous report, or proposed change
queue-key-enter = Open the report
queue-key-x = Mark it, or take the mark off
queue-key-a = Take it: the marked ones, or the one you stand on; accept a proposed change
queue-key-r = Choose a group to send it to; refuse a proposed change
queue-key-m = Merge the marked ones; on the page of a report, merge by number
queue-key-c = Open the cluster of the report
queue-key-t = Write an answer
queue-key-u = Back to the list
queue-key-slash = Search for words
queue-key-escape = Leave the field
queue-key-help = Show these keys

queue-messages = Conversation
queue-direction-in = writes
queue-direction-out = answer
queue-direction-note = note among experts
queue-citizen = A citizen
queue-platform = Veche
queue-previous = Previous
queue-next = Next
queue-decided = Decision
queue-rating = The author gave the answer { $count } of 5.
queue-preview = See how it will look
queue-preview-title = This is how people will see it
queue-preview-reply = Nothing has been sent yet.
queue-preview-decision = Nothing has been sent yet. The decision becomes the answer to the report.
queue-reply = Answer
queue-reply-text = Text
queue-reply-hint = An answer goes to where the person wrote from. Only experts see a note.
queue-reply-send = Send the answer
queue-note-save = Keep as a note among experts
queue-files = Files
queue-history = History
queue-after = was: { $state }
queue-assignee = Who works on it
queue-nobody-yet = Nobody yet
queue-nobody = Nobody: back to the queue
queue-assign = Give to
queue-assign-button = Give
queue-confidence = Chosen by the machine, { $percent }% sure
queue-alike = Alike
queue-no-duplicates = No report like this one was found.
queue-score = { $percent }% alike
queue-cluster = Cluster
queue-merge-into = Merge this one into it
queue-merge-here = Merge them into this one
queue-merge-by-number = Merge by number
queue-merged-into = This is now part of report
queue-separate = Take out: it is something else
queue-joined = Reports that are part of this one: { $count }
queue-merge-one = Give one number: this report becomes part of it.
queue-numbers = Numbers of reports
queue-numbers-hint = For example 2026-000123. Several with spaces between.
queue-numbers-needed = Give the numbers of 1 to 50 reports.
queue-not-a-number = “{ $number }” does not look like a number. Numbers look like 2026-000123.
queue-no-such-ticket = There is no report no. { $number }.
queue-decide = Decide
queue-decide-hint = There is one decision. Its text becomes the answer to the report.
queue-decision-kind = What is decided
queue-decision-accept = It will be done
queue-decision-accept-in-part = A part of it will be done
queue-decision-decline = It will not be done
queue-decision-forward = Forwarded to another department
queue-decision-answer = The question is answered
queue-department = Department
queue-department-hint = Who does it or has it now. Needed when it is forwarded.
queue-no-department = None
queue-decision-body = The decision and its reasons
queue-decision-body-hint = At least 20 characters. Everybody concerned reads it.
queue-decide-button = Decide
queue-reject = Reject
queue-reject-reason = Why
queue-reject-hint = At least 10 characters. The author reads the reason.
queue-reject-button = Reject the report
queue-facts = About the report
queue-sender = Author
queue-sender-hidden = Seen only by the group that works on it
queue-operator = Written down by
queue-language = Language
queue-language-ru = Russian
queue-language-en = English
queue-language-unknown = not known
queue-topic = About
queue-no-topic = Not said
queue-topic-to = From the list
queue-topic-set = Set
queue-territory = Where
queue-public = Who sees it
queue-public-yes = Everybody: open the public page
queue-public-no = Its author and experts

flash-queue-taken = The report is yours. Its time limit stands at the top.
flash-queue-assigned = Given. The report is in progress now.
flash-queue-put-back = The report is back in the group’s queue.
flash-queue-topic-set = Noted. The machine will remember what such reports are about.
flash-queue-routed = Sent. The machine will remember where such reports belong.
flash-queue-merged = Merged. The conversation goes on in report no. { $value }.
flash-queue-merged-here = Merged. The authors are told and will get one answer.
flash-queue-merged-into = Merged: the conversation goes on here.
flash-queue-separated = The report is by itself again.
flash-queue-noted = The note is kept. Only experts see it.
flash-queue-answered = The answer is on its way. If the person writes again, the report comes back to the queue.
flash-queue-rejected = Rejected. The author will get your reason.
flash-queue-decided = Decided; the author is being told.
flash-queue-all-assigned = Taken: { $value }. They are under “In my hands”.
flash-queue-all-routed = Sent: { $value }. The machine will remember where such reports belong.

cluster-list-title = What people write about
cluster-list-body = The machine gathers reports about the same matter. One decision on a cluster answers everybody who wrote about it.
cluster-state = State
cluster-state-open = Open
cluster-state-decided = Decided
cluster-state-merged = Merged
cluster-state-all = All
cluster-order-largest = Largest first
cluster-order-recent = Latest first
cluster-least = Reports at the least
cluster-empty-title = No such clusters
cluster-empty-body = Try fewer conditions. A cluster appears when several people write about the same matter.
cluster-count = { $count ->
    [one] { $count } cluster
   *[other] { $count } clusters
}
cluster-tickets = { $count ->
    [one] report
   *[other] reports
}
cluster-unnamed = No name yet
cluster-last = Latest
cluster-first = First
cluster-size = Reports
cluster-keywords = Main words
cluster-merged-into = This cluster became part of another:
cluster-typical = What people write
cluster-course = How many wrote
cluster-course-summary = { $count ->
    [one] { $count } report
   *[other] { $count } reports
} in { $days ->
    [one] { $days } day
   *[other] { $days } days
}; the most were { $most } on { $day }.
cluster-course-even = { $count ->
    [one] { $count } report
   *[other] { $count } reports
} in { $days ->
    [one] { $days } day
   *[other] { $days } days
}.
cluster-course-table = Numbers by day
cluster-day = Day
cluster-written = Reports
cluster-all = Reports
cluster-split = Move the marked ones to a new cluster
cluster-split-hint = Where the machine put different matters together.
cluster-neighbours = Clusters close to it
cluster-merge = Merge into this one
cluster-assessments = Assessments of experts
cluster-no-assessments = Nobody has judged yet whether it can be done and what it costs.
cluster-spread-same = Feasibility: { $level }, all agree.
cluster-spread-feasibility = Feasibility: from “{ $low }” to “{ $high }”.
cluster-spread-cost = Cost: from { $low } to { $high } { $currency }.
cluster-cost = { $low }–{ $high } { $currency }
cluster-assess = Give an assessment
cluster-assess-again = Change your assessment
cluster-feasibility = Can it be done
cluster-feasibility-0 = Cannot be done
cluster-feasibility-1 = Very hard
cluster-feasibility-2 = Hard
cluster-feasibility-3 = Can be done
cluster-feasibility-4 = Easy
cluster-choose-feasibility = Choose whether it can be done.
cluster-cost-low = Cost, at the least
cluster-cost-high = Cost, at the most
cluster-cost-hint = A whole number.
cluster-currency = Currency
cluster-effect = What it brings
cluster-effect-hint = Whom it helps, and how.
cluster-opinion = Your opinion and its reasons
cluster-opinion-hint = At least 10 characters. Only experts see it.
cluster-assess-button = Save the assessment
cluster-decide = Decide on the cluster
cluster-decide-hint = { $count ->
    [one] The decision answers the { $count } report of the cluster, if it still waits.
   *[other] The decision answers each of the { $count } reports of the cluster that still wait.
}
cluster-preview = This is how people will see it. Nothing has been sent yet.
cluster-not-yours = Assessments and the decision are up to the group in whose queue it is.
cluster-comments = Discussion
cluster-comment = Message
cluster-comment-hint = The cluster is open to all who read the service: write nothing private.
cluster-comment-button = Write
cluster-comment-hidden = Hidden by a moderator.
flash-cluster-merged = Merged. The name will follow soon.
flash-cluster-split = Here is the new cluster. Its name will follow soon.
flash-cluster-assessed = The assessment is saved. It can be changed until there is a decision.
flash-cluster-decided = Decided. The reports of the cluster are being answered.
flash-cluster-commented = The message stands in the discussion.

moderation-title = Complaints
moderation-body = People ask to look at these texts. Hide only what breaks the rules, and say why: everybody sees the reason.
moderation-open = Waiting
moderation-resolved = Settled
moderation-empty-title = No complaints
moderation-empty-body = All is calm. New complaints will stand here.
moderation-none-resolved = No complaints have been settled yet
moderation-kind-comment = Comment
moderation-kind-initiative = Initiative
moderation-kind-ticket = Report
moderation-comment-on = Comment on “{ $name }”
moderation-is-hidden = Hidden
moderation-hidden-because = Reason:
moderation-look = Open it where it stands
moderation-gone = This text is no longer there
moderation-flags = { $count ->
    [one] { $count } complaint
   *[other] { $count } complaints
}
moderation-earlier = { $count ->
    [one] Before: { $count } settled complaint
   *[other] Before: { $count } settled complaints
}
moderation-settled = settled
moderation-reason-spam = Advertising, repetitions
moderation-reason-abuse = Insults, threats
moderation-reason-personal-data = Somebody’s personal data
moderation-reason-illegal = Against the law
moderation-reason-off-topic = Off topic
moderation-reason-other = Something else
moderation-hide = Hide…
moderation-reason = Why
moderation-reason-hint = At least 5 characters. The reason will stand in place of the text.
moderation-hide-button = Hide the text
moderation-leave = Leave as it is
flash-moderation-hidden = The text is hidden and its complaints are settled. Everybody sees the reason.
flash-moderation-left = The complaint is settled, the text stays.
