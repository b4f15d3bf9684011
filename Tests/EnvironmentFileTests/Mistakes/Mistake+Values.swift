extension Mistake {
    /// Mistakes of values.
    static let values: [Mistake] = [
        Mistake(
            "a port out of range", "services:\n  s:\n    image: i\n    ports: ['70000:80']\n",
            "4:13: error: '70000' is not a host port from 1 to 65535 in '70000:80' | write CONTAINER, "
                + "HOST:CONTAINER or ADDRESS:HOST:CONTAINER, with '/udp' where needed"),
        Mistake(
            "a port that is no number", "services:\n  s:\n    image: i\n    ports: ['http:80']\n",
            "4:13: error: 'http' is not a host port from 1 to 65535 in 'http:80' | write CONTAINER, "
                + "HOST:CONTAINER or ADDRESS:HOST:CONTAINER, with '/udp' where needed"),
        Mistake(
            "a port range of unequal lengths", "services:\n  s:\n    image: i\n    ports: ['8000-8002:80-81']\n",
            "4:13: error: the ranges are of different length in '8000-8002:80-81' | write CONTAINER, "
                + "HOST:CONTAINER or ADDRESS:HOST:CONTAINER, with '/udp' where needed"),
        Mistake(
            "a port range backwards", "services:\n  s:\n    image: i\n    ports: ['81-80']\n",
            "4:13: error: '81-80' is not a container port from 1 to 65535 in '81-80' | write CONTAINER, "
                + "HOST:CONTAINER or ADDRESS:HOST:CONTAINER, with '/udp' where needed"),
        Mistake(
            "an unknown protocol", "services:\n  s:\n    image: i\n    ports: ['53:53/dns']\n",
            "4:13: error: 'dns' is not a protocol | use 'tcp' or 'udp'"),
        Mistake(
            "an address that is none", "services:\n  s:\n    image: i\n    ports: ['localhost:80:80']\n",
            "4:13: error: 'localhost' is not an address in 'localhost:80:80' | write CONTAINER, "
                + "HOST:CONTAINER or ADDRESS:HOST:CONTAINER, with '/udp' where needed"),
        Mistake(
            "a duration without unit", "services:\n  s:\n    image: i\n    stop_grace_period: '10'\n",
            "4:24: error: 'stop_grace_period' '10' is not a duration | write the unit: '10s'"),
        Mistake(
            "a duration with a space", "services:\n  s:\n    image: i\n    stop_grace_period: '10 s'\n",
            "4:24: error: 'stop_grace_period' '10 s' is not a duration | write numbers with units, such as "
                + "'1m30s' or '500ms'"),
        Mistake(
            "a negative duration", "services:\n  s:\n    image: i\n    healthcheck: {test: a, interval: -5s}\n",
            "4:38: error: 'interval' can't be negative"),
        Mistake(
            "a number for a duration", "services:\n  s:\n    image: i\n    healthcheck: {test: a, timeout: 5}\n",
            "4:37: error: 'timeout' must be a string, not 5 | write the unit: 5s"),
        Mistake(
            "a size without number", "services:\n  s:\n    image: i\n    mem_limit: lots\n",
            "4:16: error: 'mem_limit' 'lots' is not a size | write a number with a unit: '512m', '2g'"),
        Mistake(
            "a size with a wrong unit", "services:\n  s:\n    image: i\n    shm_size: 64x\n",
            "4:15: error: 'shm_size' '64x' is not a size | write a number with a unit: '512m', '2g'"),
        Mistake(
            "a signal that is none", "services:\n  s:\n    image: i\n    stop_signal: SIGTREM\n",
            "4:18: error: 'SIGTREM' is not a signal | did you mean 'SIGTERM'?"),
        Mistake(
            "a pull policy that is none", "services:\n  s:\n    image: i\n    pull_policy: alway\n",
            "4:18: error: 'alway' is no pull policy | did you mean 'always'?"),
        Mistake(
            "a relative working directory", "services:\n  s:\n    image: i\n    working_dir: app\n",
            "4:18: error: 'working_dir' must be an absolute path, not 'app' | write '/app'"),
    ]
}
