// The application of `npm run bench -- sip`: a B2BUA with drachtio-srf, in a process of its own so
// that its CPU time is counted apart. Arguments: admin port, secret, SIP URI of the callee.
import Srf from "drachtio-srf";

const [port = "", secret = "", callee = ""] = process.argv.slice(2);

const srf = new Srf();
srf.use("invite", (request: Srf.SrfRequest, response: Srf.SrfResponse) => {
  void srf
    .createB2BUA(request, response, callee, { localSdpB: request.body })
    .then(({ uas, uac }) => {
      uas.on("destroy", () => void uac.destroy());
      uac.on("destroy", () => void uas.destroy());
    })
    .catch((error: Error) => process.stderr.write(`${error.message}\n`));
});
srf.on("connect", () => process.stdout.write("ready\n"));
srf.on("error", (error: Error) => process.stderr.write(`${error.message}\n`));
void srf.connect({ host: "127.0.0.1", port: Number(port), secret });
process.on("SIGTERM", () => process.exit(0));
