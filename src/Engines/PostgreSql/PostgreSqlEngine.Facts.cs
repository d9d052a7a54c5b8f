using Holdfast.Engines.Facts;

namespace Holdfast.Engines.PostgreSql;

/// <summary>What a plan is made from, measured.</summary>
public sealed partial class PostgreSqlEngine : IFactProbe
{
    public Task<MeasuredMember> MeasureAsync(TimeSpan look, CancellationToken cancellationToken) => _facts.RunAsync(look, cancellationToken);
}
