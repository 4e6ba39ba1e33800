namespace Pggan.Model;

/// <summary>Whose labels D is taught in its own step.</summary>
public enum LabelLossScope
{
    /// <summary>Those of reals and those that fakes were asked for, as in the reference.</summary>
    Both,

    /// <summary>Those of reals alone, as in pytorch_GAN_zoo.</summary>
    Reals,
}
