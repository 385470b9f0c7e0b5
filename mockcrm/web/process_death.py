"""What is said when the process that holds the CRM dies, whichever server it belongs to."""

PROCESS_DIED = (
    "The process that held the CRM has died. All that it held in memory is lost: every sandbox, with its events, "
    "changes, clock, faults and journal. Start mockcrm again for a new CRM."
)
EXIT_STATUS = 70
"""The exit status then: that of an internal error (`EX_SOFTWARE` of `sysexits.h`)."""
