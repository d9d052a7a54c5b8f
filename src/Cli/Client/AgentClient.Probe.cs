using Holdfast.Agent.Api;
using Holdfast.Agent.Api.Probe;
using Holdfast.Core.Topology;

namespace Holdfast.Cli.Client;

internal sealed partial class AgentClient
{
    /// <summary>Longer than an agent looks at itself, or at a way to another, each of which is bounded by itself.</summary>
    public static readonly TimeSpan ProbeLimit = TimeSpan.FromSeconds(20);

    /// <summary>Lets a member's agent measure its disk and ask its server.</summary>
    public Task<AgentAnswer<MemberFacts>> ProbeMemberAsync(MemberSpec agent, CancellationToken cancellationToken) =>
        SendAsync(agent, HttpMethod.Post, "v1/probe/member", body: null, ApiJson.Plain.MemberFacts, ProbeLimit, cancellationToken);

    /// <summary>Lets a member's agent measure the way to another's.</summary>
    public Task<AgentAnswer<LinkProbe>> ProbeLinkAsync(MemberSpec agent, MemberSpec to, CancellationToken cancellationToken) =>
        SendAsync(
            agent, HttpMethod.Post, "v1/probe/link", ChangeRequest.Body(("to", to.Name)), ApiJson.Plain.LinkProbe, ProbeLimit,
            cancellationToken);
}
