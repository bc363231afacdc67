/** One comparison of a password with its hash: a tenth of a second that the agent does not wait. */
import { compareSync } from "bcryptjs";
import { isRight } from "./passwords.ts";

const [, , password = "", hash = ""] = process.argv;
process.exit(compareSync(password, hash) ? isRight : 0);
