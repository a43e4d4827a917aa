// The requests of RFC 4475 section 3 and RFC 5118 section 4, under their own names. What is long only
// for the sake of length is built; bodies are shortened where the header is the point.

export interface TortureMessage {
  /** Name and section of the RFC. */
  name: string;
  text: string;
  /**
   * What the edge makes of it: `application` shows it to one (which answers 480 here), a status is
   * the edge's own answer, `nothing` is dropped.
   */
  verdict: "application" | "nothing" | number;
}

function request(line: string, headers: string[], body = ""): string {
  const own = headers.some((one) => /^(?:content-length|l)\s*:/i.test(one));
  const length = own ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
  return `${[line, ...headers, ...length].join("\r\n")}\r\n\r\n${body}`;
}

/** The headers that every request needs, with those given in their place or added. */
function usual(name: string, method: string, changed: Record<string, string | null> = {}) {
  const headers: Record<string, string | null> = {
    Via: `SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK-${name}`,
    "Max-Forwards": "70",
    From: `<sip:caller@example.net>;tag=${name}`,
    To: "<sip:user@example.com>",
    "Call-ID": `${name}.0ha0isndaksdj`,
    CSeq: `8 ${method}`,
    ...(method === "INVITE" ? { Contact: "<sip:caller@host5.example.net>" } : {}),
    ...changed,
  };
  return Object.entries(headers).flatMap(([key, value]) =>
    value === null ? [] : [`${key}: ${value}`],
  );
}

function invite(name: string, changed: Record<string, string | null> = {}, line?: string) {
  return request(line ?? "INVITE sip:user@example.com SIP/2.0", usual(name, "INVITE", changed));
}

function optionsRequest(name: string, changed: Record<string, string | null> = {}, line?: string) {
  return request(line ?? "OPTIONS sip:user@example.com SIP/2.0", usual(name, "OPTIONS", changed));
}

function register(name: string, changed: Record<string, string | null> = {}, line?: string) {
  return request(line ?? "REGISTER sip:example.com SIP/2.0", usual(name, "REGISTER", changed));
}

/** From and to IPv6 addresses, with a description. */
function inviteWith(name: string, description: string[]) {
  const headers = usual(name, "INVITE", {
    Via: `SIP/2.0/UDP [2001:db8::9:1];branch=z9hG4bK-${name}`,
    Contact: "<sip:caller@[2001:db8::9:1]>",
    "Content-Type": "application/sdp",
  });
  const body = ["v=0", ...description, ""].join("\r\n");
  return request("INVITE sip:user@[2001:db8::10] SIP/2.0", headers, body);
}

const long = (text: string, times: number) => text.repeat(times);

export const torture: TortureMessage[] = [
  {
    name: "wsinv (3.1.1.1)",
    text: [
      "INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0",
      "TO :",
      " sip:vivekg@chair-dnrc.example.com ",
      'from   : "J Rosenberg \\\\\\""       <sip:jdrosen@example.com>',
      "  ;",
      "  tag = 98asjd8",
      "MaX-fOrWaRdS: 0068",
      "Call-ID: wsinv.ndaksdj@192.0.2.1",
      "Content-Length   : 0",
      "cseq: 0009",
      "  INVITE",
      "Via  : SIP  /   2.0",
      " /UDP",
      "    192.0.2.2;branch=390skdjuw",
      "s :",
      "NewFangledHeader:   newfangled value",
      " continued newfangled value",
      "UnknownHeaderWithUnusualValue: ;;,,;;,;",
      "Route:",
      " <sip:services.example.com;lr;unknownwith=value;unknown-no-value>",
      "v:  SIP  / 2.0  / TCP     spindle.example.com   ;",
      "  branch  =   z9hG4bK9ikj8  ,",
      " SIP  /    2.0   / UDP  192.168.255.111   ; branch=",
      " z9hG4bK30239",
      'm:"Quoted string \\"\\"" <sip:jdrosen@example.com> ; newparam =',
      "      newvalue ;",
      "  secondparam ; q = 0.33",
      "",
      "",
    ].join("\r\n"),
    verdict: "application",
  },
  {
    name: "intmeth (3.1.1.2)",
    text: request(
      "!interesting-Method0123456789_*+`.%indeed'~ sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com SIP/2.0",
      [
        "Via: SIP/2.0/TCP host1.example.com;branch=z9hG4bK-.!%66*_+`'~",
        'To: "BEL:\\\u0007 NUL:\\\u0000 DEL:\\\u007f" <sip:1_unusual.URI~(to-be!sure)&isn\'t+it$/crazy?,/;;*@example.com>',
        "From: token1~` token2'+_ token3*%!.- <sip:mundane@example.com>;fromParam''~+*_!.-%=\"\u{440}\u{430}\u{431}\";tag=_token~1'+`*%!-.",
        "Call-ID: intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{",
        "CSeq: 139122385 !interesting-Method0123456789_*+`.%indeed'~",
        "Max-Forwards: 255",
        "extensionHeader-!.%*+_`'~:\u{FEFF}\u{5927}\u{505C}\u{96FB}",
      ],
    ),
    verdict: 501,
  },
  {
    name: "esc01 (3.1.1.3)",
    text: invite(
      "esc01",
      { To: "sip:%75se%72@example.com", From: "<sip:I%20have%20spaces@example.net>;tag=938" },
      "INVITE sip:sips%3Auser%40example.com@example.net SIP/2.0",
    ),
    verdict: "application",
  },
  {
    name: "escnull (3.1.1.4)",
    text: register("escnull", {
      To: "sip:null-%00-null@example.com",
      From: "sip:null-%00-null@example.com;tag=839923423",
      Contact: "<sip:%00@host5.example.com>, <sip:%00%00@host5.example.com>",
    }),
    verdict: "application",
  },
  {
    name: "esc02 (3.1.1.5)",
    text: request("RE%47IST%45R sip:registrar.example.com SIP/2.0", usual("esc02", "RE%47IST%45R")),
    verdict: 501,
  },
  {
    name: "lwsdisp (3.1.1.6)",
    text: optionsRequest("lwsdisp", { From: "caller<sip:caller@example.com>;tag=323" }),
    verdict: "application",
  },
  {
    name: "longreq (3.1.1.7)",
    text: invite("longreq", {
      To: `"I have a user name of ${long("extreme", 20)} proportion"<sip:${long("user", 60)}@example.com:6000;unknownparam1=${long("very", 20)}long>`,
      From: `sip:${long("amazinglylongcallername", 5)}@example.net;tag=12982${long("982424", 50)}`,
      "Call-ID": `longreq.one${long("really", 20)}longcallid`,
      "Unknown-LongLongName": `unknown-${long("long", 20)}-value`,
    }),
    verdict: "application",
  },
  {
    name: "dblreq (3.1.1.8): what follows Content-Length is ignored",
    text: `${register("dblreq", { "Content-Length": "0" })}${invite("dblreq-hidden")}`,
    verdict: "application",
  },
  {
    name: "semiuri (3.1.1.9)",
    text: optionsRequest(
      "semiuri",
      { To: "sip:j_user@example.com" },
      "OPTIONS sip:user;par=u%40example.net@example.com SIP/2.0",
    ),
    verdict: "application",
  },
  {
    name: "transports (3.1.1.10)",
    text: optionsRequest("transports", {
      Via: [
        "SIP/2.0/UDP t1.example.com;branch=z9hG4bKkdjuw",
        "SIP/2.0/SCTP t2.example.com;branch=z9hG4bKklasjdhf",
        "SIP/2.0/TLS t3.example.com;branch=z9hG4bK2980unddj",
        "SIP/2.0/UNKNOWN t4.example.com;branch=z9hG4bKasd0f3en",
        "SIP/2.0/TCP t5.example.com;branch=z9hG4bK0a9idfnee",
      ].join(", "),
    }),
    verdict: "application",
  },
  {
    name: "mpart01 (3.1.1.11)",
    text: request(
      "MESSAGE sip:kumiko@example.org SIP/2.0",
      usual("mpart01", "MESSAGE", {
        "MIME-Version": "1.0",
        "Content-Type": "multipart/mixed;boundary=7a9cbec02ceef655",
      }),
      "--7a9cbec02ceef655\r\nContent-Type: text/plain\r\n\r\nHello\r\n--7a9cbec02ceef655--\r\n",
    ),
    verdict: "application",
  },
  {
    name: "badinv01 (3.1.2.1)",
    text: invite("badinv01", {
      Via: "SIP/2.0/UDP 192.0.2.15;;,;,,",
      Contact: '"Joe" <sip:joe@example.org>;;;;',
    }),
    verdict: 400,
  },
  {
    name: "clerr (3.1.2.2)",
    text: invite("clerr", { "Content-Length": "9999" }),
    verdict: 400,
  },
  { name: "ncl (3.1.2.3)", text: invite("ncl", { "Content-Length": "-999" }), verdict: 400 },
  {
    name: "scalar02 (3.1.2.4)",
    text: register("scalar02", {
      CSeq: "36893488147419103232 REGISTER",
      "Max-Forwards": "300",
      Expires: `1${long("0", 100)}`,
      Contact: "<sip:user@host129.example.com>;expires=280297596632815",
    }),
    verdict: 400,
  },
  {
    name: "quotbal (3.1.2.6)",
    text: invite("quotbal", { To: '"Mr. J. User <sip:j.user@example.com>' }),
    verdict: 400,
  },
  {
    name: "ltgtruri (3.1.2.7)",
    text: invite("ltgtruri", {}, "INVITE <sip:user@example.com> SIP/2.0"),
    verdict: 400,
  },
  {
    name: "lwsruri (3.1.2.8)",
    text: invite("lwsruri", {}, "INVITE sip:user@example.com; lr SIP/2.0"),
    verdict: 400,
  },
  {
    name: "lwsstart (3.1.2.9)",
    text: invite("lwsstart", {}, "INVITE  sip:user@example.com  SIP/2.0"),
    verdict: 400,
  },
  {
    name: "trws (3.1.2.10)",
    text: optionsRequest("trws", {}, "OPTIONS sip:remote-target@example.com SIP/2.0  "),
    verdict: 400,
  },
  {
    name: "escruri (3.1.2.11): its headers are ignored",
    text: invite("escruri", {}, "INVITE sip:user@example.com?Route=%3Csip:example.com%3E SIP/2.0"),
    verdict: "application",
  },
  {
    name: "baddate (3.1.2.12): ignored",
    text: invite("baddate", { Date: "Fri, 01 Jan 2010 16:00:00 EST" }),
    verdict: "application",
  },
  {
    name: "regbadct (3.1.2.13)",
    text: register("regbadct", { Contact: "sip:user@example.com?Route=%3Csip:sip.example.com%3E" }),
    verdict: 400,
  },
  {
    name: "badaspec (3.1.2.14)",
    text: optionsRequest("badaspec", { To: '"Watson, Thomas" < t.watson@example.org >' }),
    verdict: 400,
  },
  {
    name: "baddn (3.1.2.15)",
    text: optionsRequest("baddn", { From: "Bell, Alexander <sip:a.g.bell@example.com>;tag=43" }),
    verdict: 400,
  },
  {
    name: "badvers (3.1.2.16)",
    text: optionsRequest("badvers", {}, "OPTIONS sip:t.watson@example.org SIP/7.0"),
    verdict: 505,
  },
  {
    name: "mismatch01 (3.1.2.17)",
    text: optionsRequest("mismatch01", { CSeq: "8 INVITE" }),
    verdict: 400,
  },
  {
    name: "mismatch02 (3.1.2.18)",
    text: request(
      "NEWMETHOD sip:user@example.com SIP/2.0",
      usual("mismatch02", "NEWMETHOD", { CSeq: "8 INVITE" }),
    ),
    verdict: 400,
  },
  {
    name: "badbranch (3.2.1)",
    text: optionsRequest("badbranch", { Via: "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK" }),
    verdict: "application",
  },
  {
    name: "insuf (3.3.1)",
    text: invite("insuf", { "Call-ID": null, From: null, To: null }),
    verdict: 400,
  },
  {
    name: "unkscm (3.3.2)",
    text: optionsRequest(
      "unkscm",
      {},
      "OPTIONS nobodyKnowsThisScheme:totallyopaquecontent SIP/2.0",
    ),
    verdict: 416,
  },
  {
    name: "novelsc (3.3.3)",
    text: optionsRequest("novelsc", {}, "OPTIONS soap.beep://192.0.2.103:3002 SIP/2.0"),
    verdict: 416,
  },
  {
    name: "unksm2 (3.3.4): the registrar's business",
    text: register("unksm2", {
      To: "isbn:2983792873",
      From: "<http://www.example.com>;tag=3234233",
      Contact: "<name:John_Smith>",
    }),
    verdict: "application",
  },
  {
    name: "bext01 (3.3.5): the application's business",
    text: optionsRequest("bext01", {
      Require: "nothingSupportsThis, nothingSupportsThisEither",
      "Proxy-Require": "noProxiesSupportThis, norDoAnyProxiesSupportThis",
    }),
    verdict: "application",
  },
  {
    name: "invut (3.3.6): the application's business",
    text: request(
      "INVITE sip:user@example.com SIP/2.0",
      usual("invut", "INVITE", { "Content-Type": "application/unknownformat" }),
      '<audio>\r\n <pcmu port="443"/>\r\n</audio>\r\n',
    ),
    verdict: "application",
  },
  {
    name: "regaut01 (3.3.7): the registrar's business",
    text: register("regaut01", {
      Authorization: "NoOneKnowsThisScheme opaque-data=here",
    }),
    verdict: "application",
  },
  {
    name: "multi01 (3.3.8)",
    text: invite("multi01").replace(
      "\r\nCSeq:",
      "\r\nCSeq: 59 INVITE\r\nCall-ID: another\r\nFrom: <sip:x@example.com>;tag=2\r\nCSeq:",
    ),
    verdict: 400,
  },
  {
    name: "mcl01 (3.3.9)",
    text: optionsRequest("mcl01", { "Content-Length": "13" }).replace(
      "\r\n\r\n",
      "\r\nContent-Length: 5\r\n\r\nThere's no way to know",
    ),
    verdict: 400,
  },
  {
    name: "zeromf (3.3.11)",
    text: optionsRequest("zeromf", { "Max-Forwards": "0" }),
    verdict: "application",
  },
  {
    name: "cparam01 (3.3.12)",
    text: register("cparam01", { Contact: "sip:+19725552222@gw1.example.net;unknownparam" }),
    verdict: "application",
  },
  {
    name: "cparam02 (3.3.13)",
    text: register("cparam02", { Contact: "<sip:+19725552222@gw1.example.net;unknownparam>" }),
    verdict: "application",
  },
  {
    name: "regescrt (3.3.14)",
    text: register("regescrt", {
      Contact: "<sip:user@example.com?Route=%3Csip:sip.example.com%3E>",
    }),
    verdict: "application",
  },
  {
    name: "sdp01 (3.3.15): the application's business",
    text: invite("sdp01", { Accept: "text/nobodyKnowsThis" }),
    verdict: "application",
  },
  {
    name: "inv2543 (3.4.1)",
    text: request("INVITE sip:UserB@example.com SIP/2.0", [
      "Via: SIP/2.0/UDP iftgw.example.com",
      "From: <sip:+13035551111@ift.client.example.net;user=phone>",
      "Record-Route: <sip:UserB@example.com;maddr=ss1.example.com>",
      "To: sip:+16505552222@ss1.example.net;user=phone",
      "Call-ID: inv2543.1717@ift.client.example.com",
      "CSeq: 56 INVITE",
    ]),
    verdict: "application",
  },
];

export const ipv6: TortureMessage[] = [
  {
    name: "ipv6-good (4.1)",
    text: register(
      "ipv6-good",
      {
        Via: "SIP/2.0/UDP [2001:db8::9:1];branch=z9hG4bKas3-111",
        Contact: '"Caller" <sip:caller@[2001:db8::1]>',
      },
      "REGISTER sip:[2001:db8::10] SIP/2.0",
    ),
    verdict: "application",
  },
  {
    name: "ipv6-bad (4.2)",
    text: register("ipv6-bad", {}, "REGISTER sip:2001:db8::10 SIP/2.0"),
    verdict: 400,
  },
  {
    name: "port-ambiguous (4.3)",
    text: register("port-ambiguous", {}, "REGISTER sip:[2001:db8::10:5070] SIP/2.0"),
    verdict: "application",
  },
  {
    name: "port-unambiguous (4.4)",
    text: register("port-unambiguous", {}, "REGISTER sip:[2001:db8::10]:5070 SIP/2.0"),
    verdict: "application",
  },
  {
    name: "via-received-param-with-delim (4.5)",
    text: optionsRequest("via-delim", {
      Via: "SIP/2.0/UDP [2001:db8::9:1];received=[2001:db8::9:255];branch=z9hG4bKas3-1",
    }),
    verdict: "application",
  },
  {
    name: "via-received-param-no-delim (4.5)",
    text: optionsRequest("via-no-delim", {
      Via: "SIP/2.0/UDP [2001:db8::9:1];received=2001:db8::9:255;branch=z9hG4bKas3-2",
    }),
    verdict: "application",
  },
  {
    name: "ipv6-in-sdp (4.6)",
    text: inviteWith("ipv6-in-sdp", [
      ...["o=assistant 971731711378798081 0 IN IP6 2001:db8::20", "s=Live video feed"],
      ...["c=IN IP6 2001:db8::20", "t=3338481189 3370017201", "m=audio 6000 RTP/AVP 2"],
      ...["a=rtpmap:2 G726-32/8000", "m=video 6024 RTP/AVP 107", "a=rtpmap:107 H263-1998/90000"],
    ]),
    verdict: "application",
  },
  {
    name: "mult-ip-in-header (4.7)",
    text: optionsRequest("mult-ip", {
      Via: "SIP/2.0/UDP [2001:db8::9:1]:6050;branch=z9hG4bKas3-3, SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKjhja8781hjuaij65144",
      Contact: '"Caller" <sip:caller@[2001:db8::9:1]>, "Caller4" <sip:caller@192.0.2.1>',
    }),
    verdict: "application",
  },
  {
    name: "mult-ip-in-sdp (4.8)",
    text: inviteWith("mult-ip-in-sdp", [
      ...["o=bob 280744730 28977631 IN IP4 host.example.com", "s=", "t=0 0"],
      ...["m=audio 22334 RTP/AVP 0", "c=IN IP4 192.0.2.1"],
      ...["m=video 6024 RTP/AVP 107", "c=IN IP6 2001:db8::1", "a=rtpmap:107 H263-1998/90000"],
    ]),
    verdict: "application",
  },
  {
    name: "ipv4-mapped-ipv6 (4.9)",
    text: invite("ipv4-mapped", {
      Via: "SIP/2.0/UDP [::ffff:192.0.2.10]:19823;branch=z9hG4bKbh19",
      Contact: "<sip:T_desk_phone@[::ffff:192.0.2.2]>",
    }),
    verdict: "application",
  },
  {
    name: "ipv6-bug-abnf-3-colons (4.10)",
    text: optionsRequest("three-colons", {}, "OPTIONS sip:user@[2001:db8:::192.0.2.1] SIP/2.0"),
    verdict: "application",
  },
];

/** Responses and requests that get no answer: the name says where they stand. */
export const silent: TortureMessage[] = [
  {
    name: "scalarlg (3.1.2.5)",
    text: request("SIP/2.0 503 Service Unavailable", [
      ...usual("scalarlg", "INVITE", { CSeq: "9292394834772304023312 OPTIONS" }),
      "Retry-After: 949302838503028349304023988",
    ]),
    verdict: "nothing",
  },
  {
    name: "bigcode (3.1.2.19)",
    text: request("SIP/2.0 4294967301 better not break the receiver", usual("bigcode", "INVITE")),
    verdict: "nothing",
  },
  {
    name: "unreason (3.1.1.12)",
    text: request("SIP/2.0 200 = 2**3 * 5**2 но сто девяносто девять", usual("unreason", "INVITE")),
    verdict: "nothing",
  },
  {
    name: "noreason (3.1.1.13)",
    text: request("SIP/2.0 100 ", usual("noreason", "INVITE")),
    verdict: "nothing",
  },
  {
    name: "bcast (3.3.10)",
    text: request(
      "SIP/2.0 200 OK",
      usual("bcast", "INVITE", {
        Via: "SIP/2.0/UDP 192.0.2.198;branch=z9hG4bK1324923, SIP/2.0/UDP 255.255.255.255;branch=z9hG4bK1saber23",
      }),
    ),
    verdict: "nothing",
  },
];
