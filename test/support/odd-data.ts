/** JSON texts of data, as clients may write them, that are hard for some transport on the way. */
export const oddData: readonly (readonly [what: string, json: string])[] = [
  ["null", "null"],
  ["an empty string", '""'],
  ["numbers that are written anew", "[1.0,-0,1e21,12345678901234567890.5]"],
  ["white space between the parts", ' { "a" : [ 1 ,\n\t2 ] } '],
  ["line ends, escaped", '"a\\nb\\rc\\r\\nd\\n\\n"'],
  ["only line ends", '"\\n"'],
  ["line and paragraph separators, plain", '"\u2028 \u2029"'],
  ["next line and other controls, plain", '"\u0085\u007f\u0080"'],
  ["NUL and other controls, escaped", '"\\u0000\\u001f\\u000b\\f\\b\\t"'],
  ["a byte order mark, plain", '"\ufeff"'],
  ["what is no character", '"\uffff\ufffe"'],
  ["lone surrogates, escaped", '"\\ud800 \\udfff\\ud83d"'],
  ["a surrogate pair, escaped", '"\\ud83d\\ude00"'],
  ["emoji of many characters", '"👩‍👩‍👧🏳️‍🌈"'],
  ["letters from everywhere", '"Grüße, 世界, שלום"'],
  ["fields of SSE after a line end", '"data: x\\n\\nid: 1\\nevent: end\\ndata: {}\\n\\n"'],
  ["fields of SSE after a CR", '"\\r\\rid: 1\\revent: gap\\r\\r"'],
  ["a field of SSE at the beginning", '"id: 1"'],
  ["a comment of SSE", '": \\n\\n:"'],
  ["the keys of a long poll", '{"messages":[{"seq":1}],"cursor":"k3f9x2ab-1","gap":{"after":"k3f9x2ab-0"}}'],
  ["something like the end of a frame", '"]}]},{\\"type\\":\\"ack\\"}"'],
  ["quotes and backslashes", '"\\\\ \\" \\\\\\""'],
  ["HTML", '"</script><!-- <script>"'],
  ["keys with line ends", '{"a\\nid: 2":1,"\u2028":2,"":3}'],
  ["keys of Object.prototype", '{"__proto__":{"a":1},"constructor":1}'],
  ["much nesting", `${"[".repeat(60)}1${"]".repeat(60)}`],
];

/** What is stored and sent of a JSON text. */
export const canonical = (json: string): string => JSON.stringify(JSON.parse(json));
