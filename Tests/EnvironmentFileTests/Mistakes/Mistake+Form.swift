extension Mistake {
    /// Mistakes of layout, spelling and types.
    static let form: [Mistake] = [
        Mistake(
            "a tab instead of spaces", "services:\n\ts:\n\t\timage: i\n",
            "2:1: error: found a tab where only spaces may indent while scanning for the next token | "
                + "indent with spaces"),
        Mistake(
            "a key indented too little", "services:\n  s:\n    image: i\n   ports: [80]\n",
            "4:4: error: did not find expected key while parsing a block mapping that begins on line 2 | "
                + "indent it like the keys that it belongs to"),
        Mistake(
            "a key indented too far", "services:\n  s:\n    image: i\n      ports: [80]\n",
            "4:12: error: mapping values are not allowed in this context | check the indentation and the "
                + "':' before it; a value that contains ': ' must be in quotes"),
        Mistake(
            "a service beside 'services'", "services:\ns:\n  image: i\n",
            "1:10: error: 'services' must be a mapping, not empty | indent what belongs to it below it, or "
                + "remove it",
            "2:1: error: 's' is not known here | indent it below 'services:'"),
        Mistake(
            "a missing colon", "services:\n  s\n    image: i\n",
            "3:10: error: mapping values are not allowed in this context | check the indentation and the "
                + "':' before it; a value that contains ': ' must be in quotes"),
        Mistake(
            "a missing space after the colon", "services:\n  s:\n    image:i\n",
            "3:5: error: 's' must be a mapping, not 'image:i' | write a space after the ':'"),
        Mistake(
            "a bracket that is not closed", "services:\n  s: {image: i, ports: [80}\n",
            "2:27: error: did not find expected ',' or ']' while parsing a flow sequence | close the "
                + "bracket before this"),
        Mistake(
            "a quote that is not closed", "services:\n  s:\n    image: \"i\n",
            "4:1: error: found unexpected end of stream while scanning a quoted scalar that begins on line "
                + "3 | close the quote"),
        Mistake(
            "a colon in a plain value", "services:\n  s:\n    image: i\n    command: echo a: b\n",
            "4:20: error: mapping values are not allowed in this context | check the indentation and the "
                + "':' before it; a value that contains ': ' must be in quotes"),
        Mistake(
            "an at sign in front", "services:\n  s:\n    image: i\n    user: @me\n",
            "4:11: error: found '@', which cannot start a value while scanning for the next token | put "
                + "the value in quotes"),
        Mistake(
            "a list where a mapping is wanted", "services:\n  - image: i\n",
            "2:3: error: 'services' must be a mapping, not a list"),
        Mistake(
            "an unknown anchor", "services:\n  s: *base\n",
            "2:6: error: alias '*base' has no anchor '&base' before it | put the value in quotes if it is "
                + "text, or define '&base' earlier in this file"),
        Mistake(
            "a misspelt top level key", "servces: {s: {image: i}}\n",
            "1:1: error: 'servces' is not known here | did you mean 'services'?"),
        Mistake(
            "a misspelt service key", "services:\n  s:\n    image: i\n    enviroment: {A: b}\n",
            "4:5: error: 'enviroment' is not known in 's' | did you mean 'environment'?"),
        Mistake(
            "a swapped pair of letters", "services:\n  s:\n    image: i\n    voluems: []\n",
            "4:5: error: 'voluems' is not known in 's' | did you mean 'volumes'?"),
        Mistake(
            "a key of another section", "services:\n  s:\n    image: i\n    services: {}\n",
            "4:5: error: 'services' is not known in 's' | did you mean 'devices'?"),
        Mistake(
            "a misspelt healthcheck key", "services:\n  s:\n    image: i\n    healthcheck: {test: a, intervall: 5s}\n",
            "4:28: error: 'intervall' is not known in 'healthcheck' | did you mean 'interval'?"),
        Mistake(
            "a misspelt dependency key",
            "services:\n  s: {image: i, depends_on: {d: {conditon: service_started}}}\n  d: {image: i}\n",
            "2:34: error: 'conditon' is not known in 'd' | did you mean 'condition'?"),
        Mistake(
            "a misspelt volume key",
            "services:\n  s:\n    image: i\n    volumes: [{type: volume, sorce: d, target: /d}]\n",
            "4:30: error: 'sorce' is not known in each entry of 'volumes' | did you mean 'source'?"),
        Mistake(
            "a misspelt build key", "services: {s: {build: {packges: [a]}}}\n",
            "1:16: error: service 's' has no 'image', and this version can't get one by 'build' | add "
                + "'image:', or list 'packages:' under 'build:'",
            "1:24: error: 'packges' is not known in 'build' | did you mean 'packages'?"),
        Mistake(
            "a misspelt deploy key", "services:\n  s:\n    image: i\n    deploy: {resources: {limit: {memory: 1g}}}\n",
            "4:26: error: 'limit' is not known in 'resources' | did you mean 'limits'?"),
        Mistake(
            "a misspelt ready key", "services:\n  s:\n    image: i\n    ready: {htp: 80}\n",
            "4:13: error: 'htp' is not known in 'ready' | did you mean 'http'?"),
        Mistake(
            "a misspelt test key", "services: {s: {image: i}}\ntest: {comand: a}\n",
            "2:8: error: 'comand' is not known in 'test' | did you mean 'command'?"),
        Mistake(
            "a misspelt key of x-test", "services: {s: {image: i}}\nx-test: {comand: a}\n",
            "2:10: error: 'comand' is not known in 'test' | did you mean 'command'?"),
        Mistake(
            "a misspelt key of x-ready", "services:\n  s:\n    image: i\n    x-ready: {tpc: 80}\n",
            "4:15: error: 'tpc' is not known in 'ready' | did you mean 'tcp'?"),
        Mistake(
            "ports as a number", "services:\n  s:\n    image: i\n    ports: 80\n",
            "4:12: error: 'ports' must be a list, not 80 | begin each entry with '- '"),
        Mistake(
            "environment as text", "services:\n  s:\n    image: i\n    environment: A=b\n",
            "4:18: error: 'environment' must be a mapping or a list, not 'A=b'"),
        Mistake(
            "a number for a name", "services:\n  s:\n    image: i\n    container_name: 5\n",
            "4:21: error: 'container_name' must be a string, not 5 | put it in quotes: \"5\""),
        Mistake(
            "a boolean in a list of text", "services:\n  s:\n    image: i\n    command: [sleep, true]\n",
            "4:22: error: each entry of 'command' must be a string, not true | put it in quotes: \"true\""),
        Mistake(
            "a word for a boolean", "services:\n  s:\n    image: i\n    init: maybe\n",
            "4:11: error: 'init' must be true or false, not 'maybe'"),
        Mistake(
            "a list of mappings for environment", "services:\n  s:\n    image: i\n    environment: [A: b]\n",
            "4:19: error: each entry of 'environment' must be a string, not a mapping | write 'A=b', or put it in "
                + "quotes: \"A: b\""),
        Mistake(
            "a number as a key", "services:\n  1: {image: i}\n",
            "2:3: error: a key must be a string | quote it: \"1\""),
    ]
}
