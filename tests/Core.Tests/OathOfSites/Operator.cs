using Holdfast.Core.Sites;
using Holdfast.Core.Tests.Oath;

namespace Holdfast.Core.Tests.OathOfSites;

/// <summary>Asks for moves as the agents' API does: refused while one runs, and written into the global scope otherwise.</summary>
internal static class Operator
{
    /// <returns>False: refused.</returns>
    public static bool Ask(World world, MoveKind kind, bool acceptDataLoss = false, string? fenced = null) =>
        world.Link!.Global.Apply("op", state =>
        {
            if (state.Record is not { } record || (record.State == SiteState.Moving && state.Move is { State: MoveState.Running }))
            {
                return null;
            }

            var policy = world.Link.Policy;
            var id = $"op-{world.Now}";
            var to = record.ActiveSite == policy.Mine ? policy.Other : policy.Mine;
            world.Note("op", $"asks for a {kind} to {to}{(acceptDataLoss ? ", accepting data loss" : "")}{(fenced is null ? "" : $", {fenced}")}");
            return state with
            {
                Record = record.Begin(id),
                Move = new SiteMove
                {
                    Id = id,
                    Kind = kind,
                    From = record.ActiveSite,
                    To = to,
                    AcceptDataLoss = acceptDataLoss && kind == MoveKind.Failover,
                    Fenced = fenced,
                    RequestedBy = "op",
                    Steps = SiteMove.StepsOf(kind, policy.HookBefore, policy.HookAfter, policy.Compares),
                },
            };
        });
}
