extension Mistake {
    /// Mistakes of references, repetition and variables.
    static let references: [Mistake] = [
        Mistake(
            "an undefined dependency", "services:\n  api: {image: i, depends_on: [postgre]}\n  postgres: {image: i}\n",
            "2:32: error: service 'api' depends on 'postgre', which is not defined | did you mean "
                + "'postgres'?"),
        Mistake(
            "an undefined volume", "services:\n  s:\n    image: i\n    volumes: ['dta:/d']\nvolumes: {data: {}}\n",
            "4:15: error: service 's' mounts volume 'dta', which is not defined | did you mean 'data'?"),
        Mistake(
            "an undefined config", "services:\n  s:\n    image: i\n    configs: [c]\n",
            "4:15: error: service 's' uses config 'c', which is not defined | add 'c:' under the top-level "
                + "'configs:'"),
        Mistake(
            "an undefined config beside another",
            "services:\n  s:\n    image: i\n    configs: [setings]\nconfigs: {settings: {content: a}}\n",
            "4:15: error: service 's' uses config 'setings', which is not defined | did you mean 'settings'?"),
        Mistake(
            "an undefined service for the test", "services: {s: {image: i}}\ntest: {command: a, on: t}\n",
            "2:24: error: the test runs on service 't', which is not defined | name a service, or write "
                + "'host' or '{image: NAME}'"),
        Mistake(
            "an undefined dependency of the test", "services: {s: {image: i}}\ntest: {command: a, depends_on: [x]}\n",
            "2:33: error: the test depends on 'x', which is not defined | add 'x:' under 'services:'"),
        Mistake(
            "a key given twice", "services:\n  s:\n    image: i\n    image: j\n",
            "4:5: error: key 'image' is already given on line 3 | remove one of the two, or rename it"),
        Mistake(
            "a service given twice", "services:\n  s: {image: i}\n  s: {image: j}\n",
            "3:3: error: key 's' is already given on line 2 | remove one of the two, or rename it"),
        Mistake(
            "an addition in both spellings",
            "services:\n  s:\n    image: i\n    ready: {tcp: 1}\n    x-ready: {tcp: 2}\n",
            "5:5: error: 'x-ready' and 'ready' on line 4 say the same thing | keep one of them"),
        Mistake(
            "a container's name twice",
            "services:\n  a: {image: i, container_name: cc}\n  b: {image: i, container_name: cc}\n",
            "3:33: error: services 'a' and 'b' have the same 'container_name' | give each its own, or none"),
        Mistake(
            "a host's port twice", "services:\n  a: {image: i, ports: ['80:80']}\n  b: {image: i, ports: ['80:81']}\n",
            "3:25: error: port 80 of the host is already published on line 2 | publish another port, or "
                + "leave it out to get a free one"),
        Mistake(
            "a mount's target twice", "services:\n  s:\n    image: i\n    volumes: ['/a:/x', '/b:/x']\n",
            "4:24: error: '/x' is already a mount's target on line 4 | remove one of the two, or mount it "
                + "elsewhere"),
        Mistake(
            "a cycle", "services:\n  a: {image: i, depends_on: [b]}\n  b: {image: i, depends_on: [a]}\n",
            "2:30: error: services wait for each other: a → b (line 2) → a (line 3) | remove one of these "
                + "entries of 'depends_on'"),
        Mistake(
            "a service that waits for itself", "services:\n  a: {image: i, depends_on: [a]}\n",
            "2:30: error: services wait for each other: a → a (line 2) | remove one of these entries of "
                + "'depends_on'"),
        Mistake(
            "a required variable that is missing", "services: {s: {image: 'i:${TAG:?which}'}}\n",
            "1:26: error: required variable 'TAG' has no value: which | set it in the environment or in "
                + "'.env'"),
        Mistake(
            "a variable's notation that is wrong", "services: {s: {image: 'i:${TAG'}}\n",
            "1:26: error: this is not a valid variable | write '$$' for a dollar sign, or one of $NAME, "
                + "${NAME}, ${NAME:-default}, ${NAME:?message}, ${NAME:+other}"),
        Mistake(
            "a variable that is not set", "services: {s: {image: 'i:$TAG'}}\n",
            "1:26: warning: variable 'TAG' is not set; an empty string is put in | set it in the "
                + "environment or in '.env', or write a default: ${TAG:-default}"),
        Mistake(
            "an env_file that is missing", "services:\n  s:\n    image: i\n    env_file: app.env\n",
            "4:15: error: env_file 'app.env': no such file | create it, or write 'required: false'"),
        Mistake(
            "a config's file that is missing", "services: {s: {image: i}}\nconfigs: {c: {file: c.conf}}\n",
            "2:21: error: file 'c.conf' of config 'c' does not exist | create it, or correct the path"),
        Mistake(
            "a config without content", "services: {s: {image: i}}\nconfigs: {c: {}}\n",
            "2:11: error: config 'c' does not say where its content comes from | give one of 'file', "
                + "'content', 'environment'"),
    ]
}
