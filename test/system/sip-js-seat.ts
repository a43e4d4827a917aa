// A page with the bundled sip.js as its phone, which talks a tone: for SIP over secure WebSockets
// without the softphone around it.
import { createHash, X509Certificate } from "node:crypto";
import { fileURLToPath } from "node:url";
import { build } from "vite";

/** Functions of the page's `seat`, beside those of every seat: register, call, be called, hang up. */
const phoneScript = `
  const seat = {
    heardHz: () => tone.heardHz(),
    async register({ server, aor, talkHz }) {
      const talk = await tone.talk(talkHz);
      seat.agent = new SIP.UserAgent({
        uri: SIP.UserAgent.makeURI(aor),
        transportOptions: { server },
        logBuiltinEnabled: false,
        sessionDescriptionHandlerFactory: SIP.Web.defaultSessionDescriptionHandlerFactory(
          // sip.js stops the tracks that it was given when a call ends.
          () => Promise.resolve(talk.clone()),
        ),
        sessionDescriptionHandlerFactoryOptions: {
          iceGatheringTimeout: 50,
          peerConnectionConfiguration: { iceServers: [], bundlePolicy: "max-bundle" },
        },
        delegate: {
          onInvite: (invitation) => {
            seat.follow(invitation);
            void invitation.accept();
          },
        },
      });
      await seat.agent.start();
      const registerer = new SIP.Registerer(seat.agent, { expires: 60 });
      return new Promise((resolve) => {
        void registerer.register({
          requestDelegate: {
            onAccept: () => resolve(200),
            onReject: ({ message }) => resolve(message.statusCode),
          },
        });
      });
    },
    async call(target) {
      const inviter = new SIP.Inviter(seat.agent, SIP.UserAgent.makeURI(target));
      seat.follow(inviter);
      await inviter.invite();
    },
    follow(session) {
      seat.session = session;
      session.stateChange.addListener((state) => {
        if (state !== "Established") return;
        tone.listen(session.sessionDescriptionHandler.remoteMediaStream);
      });
    },
    state: () => seat.session?.state ?? "none",
    hangUp: () => seat.session.bye().then(() => undefined),
  };
`;

/** What the page runs. */
export async function sipJsScript(): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: "error",
    build: {
      write: false,
      lib: {
        entry: fileURLToPath(import.meta.resolve("sip.js")),
        name: "SIP",
        formats: ["iife"],
      },
    },
  });
  const outputs = Array.isArray(built) ? built : [built];
  const chunks = outputs.flatMap((one) => ("output" in one ? one.output : []));
  const code = chunks.map((chunk) => ("code" in chunk ? chunk.code : "")).join("");
  return `${code.replaceAll("</script", "<\\/script")}\n${phoneScript}`;
}

/** The switch by which Chromium takes this certificate, and no other that nobody vouches for. */
export function trusting(certificate: string): string {
  const { publicKey } = new X509Certificate(certificate);
  const key = publicKey.export({ type: "spki", format: "der" });
  const pin = createHash("sha256").update(key).digest("base64");
  return `--ignore-certificate-errors-spki-list=${pin}`;
}
