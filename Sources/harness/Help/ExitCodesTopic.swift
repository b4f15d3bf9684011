extension HelpTopic {
    static let exitCodes = HelpTopic(
        name: "exit-codes", abstract: "What the exit codes of harness mean.",
        text: """
            EXIT CODES

            'run', 'try' and 'exec' give back the exit code of what they run: 128+n where
            signal n ended it, 126 where it can't be executed, 127 where it is not there.
            Others of 'harness':

                0   done
               64   wrong usage
               65   the environment file, an image or an archive is invalid
               69   the environment did not come up, or is not up
              124   '--timeout', or the test's own 'timeout', ran out
              125   the engine failed; the message has the system call and the remedy
              130   interrupted by Ctrl-C (SIGINT); everything was torn down first
              143   ended by SIGTERM; everything was torn down first

            A second Ctrl-C kills at once. Messages are on standard error; standard output
            has only what was asked for.
            """)
}
