# Accounts.
log-in-title = Log in
log-in-button = Log in
log-in-register = No account yet?
log-in-asked = You need to log in for this. Then you come back to where you were.
log-in-carried = Your session ended while you were writing. The text is safe: log in and send it.
flash-logged-in = You are logged in.
flash-logged-out = You are logged out.
flash-confirmed = Your address is confirmed. Thank you! Now you can propose, vote and discuss.
flash-claimed = Done: you are the administrator and logged in.
