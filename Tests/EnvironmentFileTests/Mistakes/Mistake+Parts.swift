extension Mistake {
    /// Mistakes of health, readiness, the test and the rest.
    static let parts: [Mistake] = [
        Mistake(
            "a config with two contents", "services: {s: {image: i}}\nconfigs: {c: {content: a, file: b}}\n",
            "2:27: error: config 'c' has more than one of 'file', 'content', 'environment' | keep one of "
                + "them"),
        Mistake(
            "a condition that is none",
            "services:\n  a: {image: i, depends_on: {b: {condition: healthy}}}\n  b: {image: i}\n",
            "2:45: error: 'condition' must be one of 'service_started', 'service_healthy', "
                + "'service_completed_successfully', not 'healthy' | did you mean 'service_healthy'?"),
        Mistake(
            "a dependency without condition", "services:\n  a: {image: i, depends_on: {b: {}}}\n  b: {image: i}\n",
            "2:33: error: 'b' has no 'condition'"),
        Mistake(
            "a health check without program", "services:\n  s:\n    image: i\n    healthcheck: {test: [CMD]}\n",
            "4:26: error: 'CMD' has the wrong number of words after it | write [CMD, program, argument, "
                + "…], [CMD-SHELL, \"command line\"] or [NONE]"),
        Mistake(
            "a health check of another kind", "services:\n  s:\n    image: i\n    healthcheck: {test: [SHELL, a]}\n",
            "4:26: error: a list under 'test' must begin with NONE, CMD or CMD-SHELL, not 'SHELL' | write "
                + "[CMD, program, argument, …], [CMD-SHELL, \"command line\"] or [NONE]"),
        Mistake(
            "retries below zero", "services:\n  s:\n    image: i\n    healthcheck: {test: a, retries: -1}\n",
            "4:37: error: 'retries' must be 0 to 2147483647, not -1"),
        Mistake(
            "nothing to be ready", "services:\n  s:\n    image: i\n    ready: {timeout: 5s}\n",
            "4:12: error: 'ready' has no condition | give one of tcp, http, log, file, exec"),
        Mistake(
            "a port of 0 to be ready", "services:\n  s:\n    image: i\n    ready: {tcp: 0}\n",
            "4:18: error: 'tcp' must be 1 to 65535, not 0"),
        Mistake(
            "a path without slash", "services:\n  s:\n    image: i\n    ready: {http: {port: 80, path: health}}\n",
            "4:36: error: 'health' can't be requested | begin with '/', and write spaces and non-ASCII "
                + "characters as %20 and the like"),
        Mistake(
            "a status that is none", "services:\n  s:\n    image: i\n    ready: {http: {port: 80, status: 99}}\n",
            "4:38: error: 'status' must be 100 to 599, not 99"),
        Mistake(
            "a pattern that is none", "services:\n  s:\n    image: i\n    ready: {log: '('}\n",
            "4:18: error: 'log' is not an extended regular expression: Unmatched ( or \\( | see regex(7); "
                + "put a backslash before characters that mean themselves"),
        Mistake(
            "no program to be ready", "services:\n  s:\n    image: i\n    ready: {exec: []}\n",
            "4:19: error: 'exec' must name a program"),
        Mistake(
            "a relative file to be ready", "services:\n  s:\n    image: i\n    ready: {file: run.pid}\n",
            "4:19: error: 'file' must be an absolute path, not 'run.pid' | write '/run.pid'"),
        Mistake(
            "a test without program", "services: {s: {image: i}}\ntest: {command: []}\n",
            "2:17: error: 'command' must name a program"),
        Mistake(
            "no shards", "services: {s: {image: i}}\ntest: {command: a, shards: 0}\n",
            "2:28: error: 'shards' must be 1 to 1024, not 0"),
        Mistake(
            "an empty axis", "services: {s: {image: i}}\ntest: {command: a, matrix: {PG: []}}\n",
            "2:33: error: 'PG' has no value, so there would be no run | list its values, or remove it"),
        Mistake(
            "an axis that is no list", "services: {s: {image: i}}\ntest: {command: a, matrix: {PG: 15}}\n",
            "2:33: error: 'PG' must be a list, not 15 | begin each entry with '- '"),
        Mistake(
            "an axis that can't be a variable", "services: {s: {image: i}}\ntest: {command: a, matrix: {'a b': [1]}}\n",
            "2:29: error: 'a b' can't be a variable's name | use letters, digits and '_', and no digit "
                + "first"),
        Mistake(
            "an artifact outside of the project", "services: {s: {image: i}}\ntest: {command: a, artifacts: [../x]}\n",
            "2:32: error: '../x' leads out of the project directory | write a path below it, such as "
                + "'reports/**'"),
        Mistake(
            "no time for the test", "services: {s: {image: i}}\ntest: {command: a, timeout: 0s}\n",
            "2:29: error: 'timeout' leaves the test no time | write a longer time, or remove it"),
        Mistake(
            "a test on an image without name", "services: {s: {image: i}}\ntest: {command: a, on: {}}\n",
            "2:24: error: 'on' has no 'image'"),
        Mistake(
            "a seed without command", "services:\n  s:\n    image: i\n    seed: [{comand: a}]\n",
            "4:13: error: 'comand' is not known in each entry of 'seed' | did you mean 'command'?"),
        Mistake(
            "an empty seed", "services:\n  s:\n    image: i\n    x-seed: [{command: ''}]\n",
            "4:24: error: 'command' must name a program"),
        Mistake(
            "a snapshot that is text", "services:\n  s:\n    image: i\n    snapshot: sometimes\n",
            "4:15: error: 'snapshot' must be true or false, not 'sometimes'"),
        Mistake(
            "a service without image", "services: {s: {command: a}}\n",
            "1:12: error: service 's' has neither 'image' nor 'build' | add 'image: NAME'"),
        Mistake(
            "a service that is empty", "services:\n  s:\n",
            "2:5: error: 's' must be a mapping, not empty | indent what belongs to it below it, or remove "
                + "it"),
        Mistake(
            "a service's name with a space", "services: {'a b': {image: i}}\n",
            "1:12: error: 'a b' can't be a service's name | use letters, digits, '.', '_' and '-'"),
        Mistake(
            "a volume with a colon too many", "services:\n  s:\n    image: i\n    volumes: ['a:/b:ro:z']\n",
            "4:15: error: 'a:/b:ro:z' is not a mount | write SOURCE:TARGET, SOURCE:TARGET:ro or TARGET"),
        Mistake(
            "an option that is none", "services:\n  s:\n    image: i\n    volumes: ['/a:/b:readonly']\n",
            "4:15: error: 'readonly' is no mount option | use 'ro' or 'rw'"),
        Mistake(
            "a volume's relative target", "services:\n  s:\n    image: i\n    volumes: ['/a:b']\n",
            "4:15: error: the target 'b' of a mount must be an absolute path | write '/b'"),
        Mistake(
            "a capability that is none", "services:\n  s:\n    image: i\n    cap_add: [NET_ADMN]\n",
            "4:15: error: 'NET_ADMN' is not a capability | did you mean 'NET_ADMIN'?"),
        Mistake(
            "a limit that is none", "services:\n  s:\n    image: i\n    ulimits: {nofiles: 5}\n",
            "4:15: error: 'nofiles' is not a limit | did you mean 'nofile'?"),
        Mistake(
            "an external volume with a driver",
            "services: {s: {image: i}}\nvolumes: {v: {external: true, driver: local}}\n",
            "2:31: error: volume 'v' is external, so 'driver' can't be given"),
        Mistake(
            "two names of a volume", "services: {s: {image: i}}\nvolumes: {v: {name: a, external: {name: b}}}\n",
            "2:11: error: volume 'v' has both 'name' and 'external.name' | keep 'name' and write "
                + "'external: true'"),
        Mistake(
            "a quote in a command", "services:\n  s:\n    image: i\n    command: echo 'a\n",
            "4:14: error: 'command' has a quote that is not closed | close it, or write a list: [program, "
                + "argument]"),
    ]
}
