using Holdfast.Configuration.Shapes;
using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Topology;
using Holdfast.Engines;
using Holdfast.Verification.Targets;

namespace Holdfast.Configuration.Kinds;

/// <summary>All that depends on what kind of server a store has: its section of the file, its rules, its engine, and how its members are compared.</summary>
public sealed class EngineKind
{
    /// <param name="section">Where in a store's section that of its kind is; other kinds may share it.</param>
    /// <param name="check">What must hold for a store of this kind.</param>
    /// <param name="build">Makes the specification from the section, in which no error was found.</param>
    internal EngineKind(Key<Section> section, Action<Entry<Section>, Findings> check, Func<Section, EngineSpec> build) =>
        (Section, Check, Build) = (section, check, build);

    /// <summary>As in the file: <c>kind: postgresql</c>.</summary>
    public required string Name { get; init; }
    /// <summary>As which class of store it is planned.</summary>
    public required StoreClass Class { get; init; }
    /// <summary>Drives one member; the last argument gets one line per thing done.</summary>
    public required Func<StoreSpec, MemberSpec, TimeProvider, Action<string>, IMemberEngine> CreateEngine { get; init; }
    /// <summary>
    /// Reads one member for a comparison; null: members of this kind cannot be compared. The engine is one of <see cref="CreateEngine"/>, and outlives it.
    /// </summary>
    public Func<MemberSpec, IMemberEngine, TimeProvider, IVerifyTarget>? CreateVerifyTarget { get; init; }

    /// <summary>
    /// What brings lost data back where no agent does, as the rest of a sentence with {0} for the store; null: the engine is an
    /// <see cref="Holdfast.Engines.Loss.ILossRestorer"/>.
    /// </summary>
    public string? LossRemedy { get; init; }

    internal Key<Section> Section { get; }
    internal Action<Entry<Section>, Findings> Check { get; }
    internal Func<Section, EngineSpec> Build { get; }
}
