/** A cost-allocation tag that costs are filtered by. It must be active in the billing settings of the account. */
export interface CostTag {
  /** Key of the tag, such as `system`. */
  readonly key: string;

  /** Value of the tag, such as `GatewayExchange`. */
  readonly value: string;
}
