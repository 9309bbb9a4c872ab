/** RFC 9457 problem details as the API sends them, with its stable `code`. */
export interface ProblemDetails {
  type?: string;
  title?: string;
  status?: number;
  detail?: string;
  code?: string;
  errors?: { pointer: string; code?: string; detail?: string }[];
  alternatives?: string[];
  opensAt?: string;
  [member: string]: unknown;
}

/** An answer other than 2xx, or no answer at all (`status` 0, code `unreachable`). */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  readonly code: string;
  readonly details: ProblemDetails;
  readonly retryAfterSeconds: number | undefined;

  constructor(status: number, details: ProblemDetails, retryAfterSeconds?: number) {
    super(details.detail ?? details.title ?? details.code ?? String(status));
    this.status = status;
    this.code = details.code ?? codeOfStatus(status);
    this.details = details;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  static unreachable(): Problem {
    return new Problem(0, { code: 'unreachable' });
  }

  static async of(response: Response): Promise<Problem> {
    const seconds = Number(response.headers.get('Retry-After') ?? Number.NaN);
    let details: ProblemDetails = {};
    try {
      if (/json/.test(response.headers.get('Content-Type') ?? '')) details = (await response.json()) as ProblemDetails;
    } catch {
      // A proxy's page or a cut answer: the status alone has to do.
    }
    return new Problem(response.status, details, Number.isFinite(seconds) ? seconds : undefined);
  }
}

function codeOfStatus(status: number): string {
  switch (status) {
    case 0:
      return 'unreachable';
    case 401:
      return 'not_signed_in';
    case 403:
      return 'not_allowed';
    case 404:
      return 'not_found';
    case 412:
      return 'version_mismatch';
    case 428:
      return 'precondition_required';
    case 429:
      return 'too_many_requests';
    default:
      return status >= 500 ? 'server_failed' : 'refused';
  }
}
