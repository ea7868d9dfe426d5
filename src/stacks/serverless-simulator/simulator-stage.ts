/**
 * How far a serverless simulator is built. Each stage has everything of the one before; moving up adds resources and replaces none that
 * keeps state.
 */
export class SimulatorStage {
  /** Site, one function, one table. Prices are asked of the exchange when they are needed. No network, nothing that is paid by the hour. */
  public static readonly MVP = new SimulatorStage('MVP', 0);

  /** A function per group of endpoints, prices and candles that are taken on a schedule, light backtests. */
  public static readonly EXPAND = new SimulatorStage('EXPAND', 1);

  /** Containers for heavy backtests, a cache for what is the same for everybody, live prices on WebSockets. */
  public static readonly SCALE = new SimulatorStage('SCALE', 2);

  private constructor(
    /** Name of the stage. */
    public readonly name: string,
    private readonly rank: number,
  ) {}

  /** Whether this stage has what `other` has. */
  public includes(other: SimulatorStage): boolean {
    return this.rank >= other.rank;
  }
}

/** What answers the API. */
export enum SimulatorApi {
  /** Functions behind API Gateway, paid by request. */
  LAMBDA = 'lambda',
  /** Containers behind API Gateway and an internal load balancer: for APIs that outgrow functions. Needs a network. */
  FARGATE = 'fargate',
}

/** What answers questions that DynamoDB cannot. */
export enum SimulatorAnalytics {
  /** Nothing. */
  NONE = 'none',
  /** RDS for PostgreSQL, which trades are copied into every quarter of an hour. Needs a network. */
  POSTGRES = 'postgres',
}
