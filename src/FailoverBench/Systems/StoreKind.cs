namespace Holdfast.FailoverBench.Systems;

/// <summary>What all systems of one run manage: figures compare only among those of one kind.</summary>
internal enum StoreKind
{
    PostgreSql,
    Redis,
}
