import { pveCatalog } from '../../schema/pve-catalog.ts';
import { validate } from '../../schema/validate.ts';
import { ApiError, type Call, parameterErrors, Reply, type Routes } from '../call.ts';
import { no } from './find.ts';

interface Command {
  method: string;
  path: string;
  args?: Record<string, unknown>;
}

/** One command of a batch, run as a call of its own below the node; what refuses it is its answer. */
async function run(call: Call, { method: verb, path, args = {} }: Command, routes: Routes): Promise<object> {
  const whole = `nodes/${call.params.node}/${path}`;
  try {
    const found = pveCatalog().find(verb, whole);
    if (!found) throw no(`no handler for '${whole}'`);
    const { method, pathParams } = found;
    const twice = Object.keys(args).find((name) => pathParams[name] !== undefined);
    if (twice !== undefined) throw parameterErrors({ [twice]: 'duplicate parameter' });
    const { values, errors } = validate(method, { ...pathParams, ...args });
    if (errors) throw parameterErrors(errors);
    const handler = routes[`${verb} ${method.path}`];
    if (!handler) throw new ApiError(501, `Method '${verb} /${whole}' not implemented`);
    const answer = await handler({ ...call, method, params: values });
    return { status: 200, data: answer instanceof Reply ? answer.data : answer };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const { status, message, errors } = error;
    return { status, message: `${message.trimEnd()}\n`, ...(errors && { errors }) };
  }
}

/** `POST /nodes/{node}/execute`: many calls in one, for root@pam alone, who may do each of them anyway. */
export function executeRoutes(routes: Routes): Routes {
  return {
    'POST /nodes/{node}/execute': async (call) => {
      const answers: object[] = [];
      for (const command of JSON.parse(call.params.commands) as Command[])
        answers.push(await run(call, command, routes));
      return answers;
    },
  };
}
