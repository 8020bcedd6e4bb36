web-title = Veche
web-tagline = Propose, vote, discuss, report — and see what became of it.
web-home-intro = Here citizens propose initiatives and vote on them, report what is wrong and get an answer. Working groups of experts look into the messages, and everybody can see every decision.
web-explorer = Try the programming interface
web-docs = Documentation

web-confirm-title = Confirming your address
web-confirm-body = Press the button to confirm your e-mail address.
web-confirm-button = Confirm
web-confirmed-title = Your address is confirmed
web-confirmed-body = Thank you! Now you can propose, vote, discuss and report.

web-claim-title = The first administrator
web-claim-body = The service was just installed. Please make the administrator's account; this works once.
web-claim-name = Name
web-claim-email = E-mail
web-claim-password = Password, at least 10 characters
web-claim-button = Make the account
web-claim-done = Done: you are the administrator and logged in.

web-ticket-title = Message No. { $number }
web-ticket-state-new = Received, not read yet
web-ticket-state-triaged = Given to experts
web-ticket-state-in-progress = Being worked on
web-ticket-state-answered = Answered
web-ticket-state-closed = Closed
web-ticket-state-merged = Joined with another message about the same matter
web-ticket-state-rejected = Rejected, with an explanation
web-ticket-state-reopened = Open again
web-ticket-from-you = You
web-ticket-from-us = Answer
web-ticket-reply-label = Add a message
web-ticket-reply-button = Send
web-ticket-sent = Your message was sent.

web-not-found-title = There is no such page
web-not-found-body = Please check the address: the link may not have been copied in full or may no longer work.
web-error-title = Something broke on our side
web-error-body = Please try again a little later. If it does not help, tell us the code { $reference }.

web-refused-title = This did not work

explorer-query = Query
explorer-variables = Variables (JSON)
explorer-token = Access token, if needed
explorer-run = Run
explorer-stop = Stop
explorer-result = Answer
explorer-no-script = This page needs JavaScript. Without it, send requests to /graphql with any GraphQL client.

ballot-support = I support it
ballot-for = For
ballot-against = Against
ballot-abstain = Abstain

feed-title = Veche: what is being decided and what was
feed-change-voting = Voting is open
feed-change-accepted = Enough people want it
feed-change-not-supported = Not enough votes
feed-change-rejected = Rejected in review
feed-change-in-implementation = Work has begun
feed-change-implemented = Done
feed-change-withdrawn = Withdrawn by its author
feed-change-answer-yes = The department agreed
feed-change-answer-no = The department declined

offline-title = No connection
offline-body = The page could not be opened: you seem to be offline. Please try again when the connection is back.
offline-again = Try again
offline-draft = Want to report a problem? Write it now
offline-text = What happened and where
offline-hint = The text stays in this browser. When the connection is back, it will stand in the report form, ready to be sent.
offline-kept = Kept on this device.
offline-offer = We put in the text that you wrote without a connection. Please check it and send it.

og-busy = The picture is still being drawn. Please try again in a moment.
